import { type Flow, isSipLinkFlow } from '@ringdown/sip-transport';
import { type CapturedMessage, callIdOf, type Direction } from '../../domain/captured-message.js';

export interface MessageRingOptions {
  readonly edgeId: string;
  /** Memory for the messages; what describes them takes an eighth of that more. */
  readonly bytes: number;
  /** How long a message is shown at the most. */
  readonly keepMs: number;
  /** Microseconds since 1970. */
  readonly nowUs: () => number;
  /** Which part of the platform is at the other end of a link. */
  readonly peerOf: (flow: Flow) => string | undefined;
}

type Latin1Buffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
};

/** Few messages are shorter, so the bytes run out before the places do. */
const bytesPerPlace = 256;
const sentBit = 0x8000_0000;
const noCallId = 0;
/** How many messages are read in one turn of the event loop: about half a millisecond. */
const readsPerTurn = 512;

/**
 * The last messages, in memory of a fixed size: the newest takes the oldest one's place. Adding copies the bytes and does nothing else, so that no
 * string outlives its datagram. Whose call a message is is found out when somebody asks, once for each message.
 */
export class MessageRing {
  readonly #options: MessageRingOptions;
  readonly #bytes: Latin1Buffer;
  readonly #places: number;
  readonly #atUs: Float64Array;
  /** Where a message's bytes begin, counted from the first byte that was ever written. */
  readonly #start: Float64Array;
  /** Its length, and whether it was sent. */
  readonly #length: Uint32Array;
  readonly #callIdHash: Uint32Array;
  readonly #flows: (Flow | undefined)[];
  /** Messages, and bytes with the gaps at the end of the buffer, since the start. */
  #added = 0;
  #written = 0;
  /** The place and the offset of the next one: whole numbers that stay small, which costs less than a division. */
  #place = 0;
  #offset = 0;
  /** Messages before this one have their Call-ID's hash, or are gone. */
  #indexed = 0;
  /** Flows of messages before this one were let go of. */
  #released = 0;

  constructor(options: MessageRingOptions) {
    this.#options = options;
    // Its pages cost nothing until they are written.
    this.#bytes = Buffer.allocUnsafeSlow(options.bytes) as Latin1Buffer;
    this.#places = Math.max(16, Math.ceil(options.bytes / bytesPerPlace));
    this.#atUs = new Float64Array(this.#places);
    this.#start = new Float64Array(this.#places);
    this.#length = new Uint32Array(this.#places);
    this.#callIdHash = new Uint32Array(this.#places);
    this.#flows = Array.from({ length: this.#places });
  }

  /** How many messages were added since the start. */
  get added(): number {
    return this.#added;
  }

  /** How far back in time it reaches now, in milliseconds. */
  get reachesBackMs(): number {
    const oldest = this.#oldest();
    return oldest === this.#added ? 0 : (this.#options.nowUs() - this.#atUs[oldest % this.#places]!) / 1_000;
  }

  /** Keeps a message. The hot path: no allocation, and nothing is parsed. */
  add(direction: Direction, raw: string, flow: Flow): void {
    const bytes = this.#bytes;
    const { length } = raw;
    if (length > bytes.length) return;
    if (this.#offset + length > bytes.length) {
      this.#written += bytes.length - this.#offset;
      this.#offset = 0;
    }
    bytes.latin1Write(raw, this.#offset, length);
    const place = this.#place;
    this.#atUs[place] = this.#options.nowUs();
    this.#start[place] = this.#written;
    this.#length[place] = direction === 'sent' ? length | sentBit : length;
    this.#flows[place] = flow;
    this.#offset += length;
    this.#written += length;
    this.#added += 1;
    this.#place = place + 1 === this.#places ? 0 : place + 1;
  }

  /**
   * The messages of a call in the order in which they were added, from the number `since` on, and the number to go on from. Takes several turns of the
   * event loop where many have come since somebody asked last.
   */
  async find(callId: string, since = 0): Promise<{ readonly messages: CapturedMessage[]; readonly next: number }> {
    await this.#index();
    const hash = hashOf(callId);
    const messages: CapturedMessage[] = [];
    for (let number = Math.max(since, this.#oldest()); number < this.#added; number++) {
      if (this.#callIdHash[number % this.#places] !== hash) continue;
      const message = this.#read(number);
      if (message !== undefined && callIdOf(message.raw) === callId) messages.push(message);
    }
    return { messages, next: this.#added };
  }

  /** Lets go of flows whose messages are too old to be shown. To be called now and then. */
  expire(): void {
    const oldest = this.#oldest();
    const from = Math.max(this.#released, this.#added - this.#places);
    for (let number = from; number < oldest; number++) this.#flows[number % this.#places] = undefined;
    this.#released = Math.max(this.#released, oldest);
  }

  /** The number of the first message that is whole and not too old; `added` where there is none. */
  #oldest(): number {
    const since = this.#options.nowUs() - this.#options.keepMs * 1_000;
    let low = Math.max(0, this.#added - this.#places);
    let high = this.#added;
    // Both the bytes' positions and the times only grow.
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#isWhole(middle) && this.#atUs[middle % this.#places]! >= since) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #isWhole(number: number): boolean {
    return this.#start[number % this.#places]! >= this.#written - this.#bytes.length;
  }

  async #index(): Promise<void> {
    while (this.#indexed < this.#added) {
      this.#indexed = Math.max(this.#indexed, this.#oldest());
      const last = Math.min(this.#added, this.#indexed + readsPerTurn);
      for (; this.#indexed < last; this.#indexed++) {
        const callId = callIdOf(this.#textOf(this.#indexed));
        this.#callIdHash[this.#indexed % this.#places] = callId === undefined ? noCallId : hashOf(callId);
      }
      if (this.#indexed < this.#added) await nextTurn();
    }
  }

  #textOf(number: number): string {
    const place = number % this.#places;
    const offset = this.#start[place]! % this.#bytes.length;
    return this.#bytes.latin1Slice(offset, offset + (this.#length[place]! & ~sentBit));
  }

  #read(number: number): CapturedMessage | undefined {
    const place = number % this.#places;
    const flow = this.#flows[place];
    if (flow === undefined) return undefined;
    return {
      edgeId: this.#options.edgeId,
      atUs: this.#atUs[place]!,
      direction: (this.#length[place]! & sentBit) === 0 ? 'received' : 'sent',
      transport: flow.transport,
      local: flow.local,
      remote: flow.remote,
      peer: isSipLinkFlow(flow) ? (this.#options.peerOf(flow) ?? flow.peer.name) : undefined,
      raw: this.#textOf(number),
    };
  }
}

/** FNV-1a. Never `noCallId`. */
function hashOf(callId: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < callId.length; at++) hash = Math.imul(hash ^ callId.charCodeAt(at), 0x0100_0193);
  return hash >>> 0 || 1;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
