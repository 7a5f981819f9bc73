import {
  type Expirable,
  type InviteServerTransaction,
  NO_TIMER,
  type TransactionFlow,
} from '@ringdown/sip-transaction';
import type { UserAgentContext } from './user-agent-effect.js';

const Timer = { Repeat: 0, GiveUp: 1 } as const;

/** A 2xx to an INVITE that is repeated until its ACK comes (RFC 3261 §13.3.1.4). */
export class AcceptedResponse<F extends TransactionFlow> implements Expirable {
  readonly transaction: InviteServerTransaction<F>;
  readonly #context: UserAgentContext<F>;
  readonly #statusCode: number;
  readonly #raw: string;
  readonly #unacknowledged: (now: number) => void;
  #intervalMs: number;
  #repeat = NO_TIMER;
  #giveUp = NO_TIMER;

  /** `unacknowledged` is called when 64*T1 have passed without an ACK. */
  constructor(
    context: UserAgentContext<F>,
    transaction: InviteServerTransaction<F>,
    response: { readonly statusCode: number; readonly raw: string },
    unacknowledged: (now: number) => void,
  ) {
    this.#context = context;
    this.transaction = transaction;
    this.#statusCode = response.statusCode;
    this.#raw = response.raw;
    this.#unacknowledged = unacknowledged;
    this.#intervalMs = context.timers.t1Ms;
  }

  /** Sends the response for the first time. */
  start(now: number): void {
    const { wheel, timers } = this.#context;
    this.#send();
    // RFC 3261 §13.3.1.4: from T1, whatever the transport, since a hop further on may be unreliable.
    this.#repeat = wheel.schedule(now, this.#intervalMs, this, Timer.Repeat);
    this.#giveUp = wheel.schedule(now, timers.transactionTimeoutMs, this, Timer.GiveUp);
  }

  /** The ACK came, or it doesn't matter any more. */
  stop(): void {
    this.#context.wheel.cancel(this.#repeat);
    this.#context.wheel.cancel(this.#giveUp);
    this.#repeat = NO_TIMER;
    this.#giveUp = NO_TIMER;
  }

  expire(now: number, timer: number): void {
    if (timer === Timer.GiveUp) {
      this.#giveUp = NO_TIMER;
      this.stop();
      this.#unacknowledged(now);
      return;
    }
    // RFC 3261 §13.3.1.4: the interval doubles until it reaches T2.
    this.#intervalMs = Math.min(2 * this.#intervalMs, this.#context.timers.t2Ms);
    this.#repeat = this.#context.wheel.schedule(now, this.#intervalMs, this, Timer.Repeat);
    this.#send();
  }

  #send(): void {
    const { transaction } = this;
    this.#context.effects.push({ type: 'respond', transaction, statusCode: this.#statusCode, raw: this.#raw });
  }
}
