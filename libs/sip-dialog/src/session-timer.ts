import { type Expirable, NO_TIMER, type TransactionFlow } from '@ringdown/sip-transaction';
import type { InviteSession } from './invite-session.js';
import type { UserAgentContext } from './user-agent-effect.js';

const Timer = { Refresh: 0, End: 1 } as const;
/** Refreshes that failed are tried again in half the time that is left, down to this. */
const shortestRetryMs = 5_000;

/** The clock of one session (RFC 4028 §10): when it is to be refreshed, and when it is over because nobody did. */
export class SessionTimer<F extends TransactionFlow> implements Expirable {
  readonly #context: UserAgentContext<F>;
  readonly #session: InviteSession<F>;
  #refresh = NO_TIMER;
  #end = NO_TIMER;
  #endsAt = 0;

  constructor(context: UserAgentContext<F>, session: InviteSession<F>) {
    this.#context = context;
    this.#session = session;
  }

  /** Both sides have agreed, at first or anew. `refreshes`: this side does. Nothing once the session is over. */
  start(now: number, { intervalSec, refreshes }: { readonly intervalSec: number; readonly refreshes: boolean }): void {
    this.stop();
    if (this.#session.state !== 'established') return;
    const { wheel } = this.#context;
    // RFC 4028 §10: BYE a third of the interval before the end, at most 32 s.
    const lastsMs = intervalSec * 1_000 - Math.min(32_000, (intervalSec * 1_000) / 3);
    this.#endsAt = now + lastsMs;
    this.#end = wheel.schedule(now, lastsMs, this, Timer.End);
    // RFC 4028 §7.2 and §9: the refresh goes out when half of the interval is over.
    if (refreshes) this.#refresh = wheel.schedule(now, intervalSec * 500, this, Timer.Refresh);
  }

  stop(): void {
    this.#context.wheel.cancel(this.#refresh);
    this.#context.wheel.cancel(this.#end);
    this.#refresh = NO_TIMER;
    this.#end = NO_TIMER;
  }

  expire(now: number, timer: number): void {
    if (timer === Timer.End) {
      this.#end = NO_TIMER;
      this.stop();
      this.#session.expired(now);
      return;
    }
    const againMs = (this.#endsAt - now) / 2;
    this.#refresh =
      againMs < shortestRetryMs ? NO_TIMER : this.#context.wheel.schedule(now, againMs, this, Timer.Refresh);
    this.#context.effects.push({ type: 'refreshDue', session: this.#session });
  }
}
