import { buildResponse, type SipRequest } from '@ringdown/sip-message';
import { RequestKeeper } from './request-keeper.js';
import { assertLegalMove, type LegalMoves } from './state-transition.js';
import { Timer } from './timer-values.js';
import { NO_TIMER, type TimerHandle } from './timer-wheel.js';
import type { RespondResult, TransactionContext, TransactionFlow } from './transaction.js';

export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';

/**
 * RFC 3261 figure 8, less its transport error arrows (RFC 6026 §8.8). Proceeding may also end unanswered:
 * RFC 4320 §4.2 has an element that can't respond before the transaction expires send no final response at all.
 */
const MOVES: LegalMoves<NonInviteServerState> = {
  trying: ['proceeding', 'completed'],
  proceeding: ['completed', 'terminated'],
  completed: ['terminated'],
  terminated: [],
};

/** The server side of any request but INVITE and ACK (RFC 3261 §17.2.2, RFC 4320). */
export class NonInviteServerTransaction<F extends TransactionFlow> extends RequestKeeper {
  readonly kind = 'non-invite-server';
  state: NonInviteServerState = 'trying';
  /** The TU's slot; the machine never reads it. */
  user: unknown = undefined;
  /** The latest response, to repeat when the request is. */
  lastResponse: string | undefined;

  private readonly startedAt: number;
  private deadline: TimerHandle = NO_TIMER;

  constructor(
    private readonly context: TransactionContext<F>,
    readonly key: string,
    readonly flow: F,
    request: SipRequest,
    now: number,
  ) {
    super(request.method, request.raw, request);
    this.startedAt = now;
  }

  /** Starts the clock of RFC 4320; the layer hands the request to the TU. */
  start(now: number): void {
    // RFC 4320 §4.1: on every transport a 100 goes out when nothing else has, once timer E can have reached T2.
    const { wheel, timers } = this.context;
    this.deadline = wheel.schedule(now, timers.nonInviteTryingDelayMs, this, Timer.Trying);
  }

  /** A retransmission of the request. */
  receiveRetransmission(): void {
    // RFC 3261 §17.2.2: discarded in Trying, answered with the latest response in Proceeding and Completed.
    if (this.lastResponse !== undefined) this.send(this.lastResponse);
  }

  /** A response from the TU. */
  respond(now: number, statusCode: number, raw: string): RespondResult {
    if (this.state === 'terminated') return 'ignored-terminated';
    // RFC 3261 §17.2.2: any other final response passed by the TU in Completed MUST be discarded.
    if (this.state === 'completed') return 'ignored-completed';
    if (statusCode === 408) return 'ignored-408-to-non-invite';
    if (statusCode >= 200) {
      this.complete(now, raw);
      return 'sent';
    }
    if (statusCode !== 100) return 'ignored-provisional-to-non-invite';
    // RFC 4320 §4.1: no 100 on an unreliable transport before timer E can have reached T2; on a reliable one at any time.
    if (!this.flow.reliable && now - this.startedAt < this.context.timers.nonInviteTryingDelayMs)
      return 'ignored-early-100';
    this.proceed(now, raw);
    return 'sent';
  }

  expire(now: number, timer: number): void {
    this.deadline = NO_TIMER;
    if (timer === Timer.Trying) this.proceed(now, buildResponse(this.request, 100));
    else this.terminate();
  }

  /** RFC 6026 §8.8: the TU is told that a response could not be sent, and the state MUST stay. */
  transportFailed(): void {
    if (this.state === 'trying' || this.state === 'terminated') return;
    this.context.effects.push({ type: 'transportError', transaction: this });
  }

  private proceed(now: number, raw: string): void {
    if (this.state === 'trying') {
      this.stopTimer();
      this.stateTransition('proceeding');
      // RFC 4320 §4.2: 64*T1 after its start the client has given up, so that no final response is of use to it.
      const endsAt = this.startedAt + this.context.timers.transactionTimeoutMs;
      this.deadline = this.context.wheel.schedule(now, endsAt - now, this, Timer.Unanswered);
    }
    this.lastResponse = raw;
    this.send(raw);
  }

  private complete(now: number, raw: string): void {
    this.stopTimer();
    this.stateTransition('completed');
    // RFC 3261 §17.2.2: timer J is 64*T1 on unreliable transports, zero on reliable ones.
    if (this.flow.reliable) {
      this.send(raw);
      this.terminate();
      return;
    }
    this.lastResponse = raw;
    this.putRequestAway();
    this.deadline = this.context.wheel.schedule(now, this.context.timers.transactionTimeoutMs, this, Timer.J);
    this.send(raw);
  }

  private terminate(): void {
    this.stopTimer();
    this.lastResponse = undefined;
    this.stateTransition('terminated');
    this.context.forget(this);
    this.context.effects.push({ type: 'terminated', transaction: this });
  }

  private send(raw: string): void {
    this.context.effects.push({ type: 'send', flow: this.flow, raw, transaction: this });
  }

  private stopTimer(): void {
    if (this.deadline === NO_TIMER) return;
    this.context.wheel.cancel(this.deadline);
    this.deadline = NO_TIMER;
  }

  private stateTransition(to: NonInviteServerState): void {
    assertLegalMove(MOVES, this.kind, this.state, to);
    this.state = to;
  }
}
