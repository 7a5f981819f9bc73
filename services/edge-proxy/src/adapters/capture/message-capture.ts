import type { MessageTap } from '@ringdown/sip-runtime';
import type { Flow } from '@ringdown/sip-transport';
import { blankedSecrets } from '../../domain/blanked-secrets.js';
import { type CapturedMessage, callIdOf } from '../../domain/captured-message.js';
import { type KeepReason, tellsFailedCall } from '../../domain/keep-reason.js';
import { TokenBuckets } from '../../domain/token-buckets.js';
import type { MessagesOfEdge } from '../../use-cases/find-call-messages.js';
import { KeptCalls } from './kept-calls.js';
import { MessageRing } from './message-ring.js';
import { WallClock } from './wall-clock.js';

/** How much of what went over its flows an edge keeps. */
export interface CaptureLimits {
  /** How long a message is kept at the most. */
  readonly keepMs: number;
  /** Memory for the last messages. */
  readonly bytes: number;
  /** Memory for the messages of kept calls. */
  readonly keptBytes: number;
}

export interface MessageCaptureOptions {
  readonly edgeId: string;
  readonly limits: CaptureLimits;
  /** Which part of the platform is at the other end of a link. */
  readonly peerOf: (flow: Flow) => string | undefined;
  /** Tells all edges, this one too, that a call is to be kept. */
  readonly publish: (callId: string, reason: KeepReason) => void;
  /** Default: those of the process. */
  readonly clocks?: { readonly nowUs: () => number; readonly now: () => number };
}

const tickMs = 1_000;
/** How many calls an edge proposes to keep in a second for a reason of its own. */
const proposalsPerSec = 5;
/** The most that an answer holds: a call with more messages is a loop, and its beginning shows it. */
const maxAnswerBytes = 2 * 1024 * 1024;

/** An edge's memory of the messages that went over its flows: the last ones of all calls, and those of kept calls for longer. */
export class MessageCapture implements MessageTap {
  readonly #options: MessageCaptureOptions;
  readonly #ring: MessageRing;
  readonly #kept: KeptCalls;
  readonly #clock = new WallClock();
  readonly #now: () => number;
  readonly #proposals = new TokenBuckets();
  readonly #timer: NodeJS.Timeout;

  constructor(options: MessageCaptureOptions) {
    const { edgeId, limits, peerOf, clocks } = options;
    this.#options = options;
    this.#now = clocks?.now ?? (() => performance.now());
    const { bytes, keepMs } = limits;
    this.#ring = new MessageRing({ edgeId, bytes, keepMs, nowUs: clocks?.nowUs ?? this.#clock.nowUs, peerOf });
    this.#kept = new KeptCalls({ bytes: limits.keptBytes, ring: this.#ring, now: this.#now });
    this.#timer = setInterval(() => this.tick(), tickMs);
    this.#timer.unref();
  }

  received(raw: string, flow: Flow): void {
    this.#ring.add('received', raw, flow);
  }

  sent(raw: string, flow: Flow): void {
    this.#ring.add('sent', raw, flow);
    // What another edge is told, that edge tells the phone, and notices itself.
    if (flow.transport !== 'SIPLINK' && tellsFailedCall(raw)) this.#proposeOf(raw);
  }

  /** What is here of a call, with its secrets blanked, in the order in which it came and went. */
  async find(callId: string): Promise<MessagesOfEdge> {
    const kept = this.#kept.find(callId);
    const earlier = [...(kept?.messages ?? [])];
    const { messages } = await this.#ring.find(callId, kept?.next);
    const shown: CapturedMessage[] = [];
    let bytes = 0;
    for (const message of [...earlier, ...messages]) {
      bytes += message.raw.length;
      if (bytes > maxAnswerBytes) break;
      shown.push({ ...message, raw: blankedSecrets(message.raw) });
    }
    const truncated = shown.length < earlier.length + messages.length;
    return { messages: shown, truncated, reachesBackMs: this.#ring.reachesBackMs, kept: kept?.reason };
  }

  /** Has all edges keep a call, for a reason that this edge has found; not more than some in a second. */
  propose(callId: string, reason: KeepReason): void {
    if (this.#kept.has(callId)) return;
    if (this.#proposals.take(this.#now(), reason, proposalsPerSec)) this.#options.publish(callId, reason);
  }

  /** A keep event has named the call. */
  keep(callId: string, reason: KeepReason): void {
    this.#kept.keep(callId, reason);
  }

  /** How many messages and kept calls there are, and how far back the messages reach. */
  get fill(): {
    readonly messages: number;
    readonly keptCalls: number;
    readonly keptBytes: number;
    readonly reachesBackMs: number;
  } {
    return {
      messages: this.#ring.added,
      keptCalls: this.#kept.size,
      keptBytes: this.#kept.bytes,
      reachesBackMs: this.#ring.reachesBackMs,
    };
  }

  /** Every second by itself. */
  tick(): void {
    this.#clock.correct();
    this.#ring.expire();
    void this.#kept.collect();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #proposeOf(raw: string): void {
    const callId = callIdOf(raw);
    if (callId !== undefined) this.propose(callId, 'failed');
  }
}
