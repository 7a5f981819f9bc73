import { eventOfDigit, writeTelephoneEvent } from './telephone-event.js';

const VOLUME_DB = 10;
const END_PACKETS = 3;
const LONGEST_TICKS = 0xffff;

/** What belongs into the header of a packet of `DtmfSender`. */
export interface DtmfPacket {
  /** Bytes written. */
  length: number;
  /** Of the press: the same in all its packets. */
  timestamp: number;
  marker: boolean;
}

/**
 * Sends key presses as telephone events (RFC 4733 §2.5.1): one packet a tick while the key is down, its first marked, three for its end, and a pause before the next
 * key. Whoever sends asks once each packet time and sends what it gets with its next sequence number, instead of sound.
 */
export class DtmfSender {
  readonly #stepTicks: number;
  readonly #pressTicks: number;
  readonly #pauseTicks: number;
  readonly #queue: number[] = [];
  readonly #packet: DtmfPacket = { length: 0, timestamp: 0, marker: false };
  #event = -1;
  #startTicks = 0;
  #durationTicks = 0;
  #endsSent = 0;
  #pausedTicks = 0;

  /** `stepMs`: how often `next` is asked. A press lasts `pressMs` (100), the pause after it `pauseMs` (60). */
  constructor(options: { clockRate: number; stepMs: number; pressMs?: number; pauseMs?: number }) {
    const ticksPerMs = options.clockRate / 1000;
    this.#stepTicks = options.stepMs * ticksPerMs;
    this.#pressTicks = Math.min(LONGEST_TICKS, (options.pressMs ?? 100) * ticksPerMs);
    this.#pauseTicks = (options.pauseMs ?? 60) * ticksPerMs;
    this.#pausedTicks = this.#pauseTicks;
  }

  /** Presses keys one after another. False, and none is pressed, where one of them is no key. */
  press(digits: string): boolean {
    const events = Array.from(digits, eventOfDigit);
    if (events.some((event) => event === undefined)) return false;
    this.#queue.push(...(events as number[]));
    return true;
  }

  /** Whether there is something to send, now or after a pause. */
  get isBusy(): boolean {
    return this.#event >= 0 || this.#queue.length > 0;
  }

  /** Writes the payload that is due at `timestamp`, that of the sound it stands for; undefined if none. The object is the same each time. */
  next(out: Uint8Array, offset: number, timestamp: number): DtmfPacket | undefined {
    if (this.#event < 0) {
      this.#pausedTicks += this.#stepTicks;
      if (this.#queue.length === 0 || this.#pausedTicks <= this.#pauseTicks) return undefined;
      this.#event = this.#queue.shift()!;
      this.#startTicks = timestamp;
      this.#durationTicks = 0;
      this.#endsSent = 0;
    }
    this.#packet.marker = this.#durationTicks === 0;
    this.#packet.timestamp = this.#startTicks;
    this.#durationTicks = Math.min(this.#pressTicks, this.#durationTicks + this.#stepTicks);
    const isEnd = this.#durationTicks >= this.#pressTicks;
    this.#packet.length = writeTelephoneEvent(out, offset, this.#event, isEnd, VOLUME_DB, this.#durationTicks);
    if (isEnd && ++this.#endsSent === END_PACKETS) {
      this.#event = -1;
      this.#pausedTicks = 0;
    }
    return this.#packet;
  }
}
