import type { CapturedMessage } from '../../domain/captured-message.js';
import type { KeepReason } from '../../domain/keep-reason.js';
import type { MessageRing } from './message-ring.js';

export interface KeptCallsOptions {
  /** Memory for the messages of all of them. */
  readonly bytes: number;
  readonly ring: Pick<MessageRing, 'find'>;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

interface KeptCall {
  readonly reason: KeepReason;
  readonly keptAtMs: number;
  readonly messages: CapturedMessage[];
  bytes: number;
  /** The number of the ring's message to go on from. */
  next: number;
}

/** How long after its keep event messages of a call are still added: a call that failed is over but for its ACK. */
const collectMs: Readonly<Record<KeepReason, number>> = { failed: 10_000, slow: 60_000, operator: 600_000 };
const keepMs = 3_600_000;
/** So many are looked for at once; a flood of failures is no reason to do nothing else. */
const maxCollected = 500;
/** What a message costs beside its bytes. */
const overheadBytes = 200;

/** The messages of calls that a keep event has named: for an hour, and no more of them than there is room for; then the oldest call goes. */
export class KeptCalls {
  readonly #options: KeptCallsOptions;
  /** In the order in which they were named. */
  readonly #calls = new Map<string, KeptCall>();
  #bytes = 0;
  #collecting: Promise<void> | undefined;

  constructor(options: KeptCallsOptions) {
    this.#options = options;
  }

  /** How many calls are kept. */
  get size(): number {
    return this.#calls.size;
  }

  /** The memory that their messages take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a call is kept, or being looked for. */
  has(callId: string): boolean {
    return this.#calls.has(callId);
  }

  /** Keeps what the ring has of a call, and what comes of it within the next time. Somebody's wish outweighs a reason that the platform found. */
  keep(callId: string, reason: KeepReason): void {
    const known = this.#calls.get(callId);
    if (known !== undefined && (known.reason === 'operator' || reason !== 'operator')) return;
    if (known === undefined && this.#collected().length >= maxCollected) return;
    const { messages = [], bytes = 0, next = 0 } = known ?? {};
    this.#calls.delete(callId);
    this.#calls.set(callId, { reason, keptAtMs: this.#options.now(), messages, bytes, next });
  }

  /** What is kept of a call, and from where the ring has to be asked for the rest; undefined for others. */
  find(
    callId: string,
  ): { readonly reason: KeepReason; readonly messages: readonly CapturedMessage[]; readonly next: number } | undefined {
    return this.#calls.get(callId);
  }

  /** Takes over what has come; to be called every second. What ends before is not begun again. */
  collect(): Promise<void> {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #collect(): Promise<void> {
    for (const [callId, call] of this.#collected()) {
      const { messages, next } = await this.#options.ring.find(callId, call.next);
      // It may have had to go, or begun anew, meanwhile.
      if (this.#calls.get(callId) !== call) continue;
      call.next = next;
      for (const message of messages) {
        call.messages.push(message);
        call.bytes += message.raw.length + overheadBytes;
        this.#bytes += message.raw.length + overheadBytes;
      }
    }
    this.#forget();
  }

  #collected(): readonly (readonly [callId: string, call: KeptCall])[] {
    const now = this.#options.now();
    return [...this.#calls].filter(([, { reason, keptAtMs }]) => now - keptAtMs <= collectMs[reason]);
  }

  #forget(): void {
    const now = this.#options.now();
    for (const [callId, call] of this.#calls) {
      const age = now - call.keptAtMs;
      // Most calls are other edges'.
      const isElsewhere = call.messages.length === 0 && age > collectMs[call.reason];
      if (!isElsewhere && age <= keepMs && this.#bytes <= this.#options.bytes) continue;
      this.#calls.delete(callId);
      this.#bytes -= call.bytes;
    }
  }
}
