import type { SipResponse } from '@ringdown/sip-message';
import { RequestKeeper } from './request-keeper.js';
import { assertLegalMove, type LegalMoves } from './state-transition.js';
import { Timer } from './timer-values.js';
import { NO_TIMER, type TimerHandle } from './timer-wheel.js';
import type { ClientTransaction, OutgoingRequest, TransactionContext, TransactionFlow } from './transaction.js';

export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';

/** RFC 3261 figure 6. */
const MOVES: LegalMoves<NonInviteClientState> = {
  trying: ['proceeding', 'completed', 'terminated'],
  proceeding: ['completed', 'terminated'],
  completed: ['terminated'],
  terminated: [],
};

/** The client side of any request but INVITE and ACK (RFC 3261 §17.1.2). */
export class NonInviteClientTransaction<F extends TransactionFlow> extends RequestKeeper {
  readonly kind = 'non-invite-client';
  state: NonInviteClientState = 'trying';
  /** The TU's slot; the machine never reads it. */
  user: unknown;
  /** Neighbours in the list of its flow's client transactions. */
  nextOnFlow: ClientTransaction<F> | undefined = undefined;
  previousOnFlow: ClientTransaction<F> | undefined = undefined;

  private retransmission: TimerHandle = NO_TIMER;
  private deadline: TimerHandle = NO_TIMER;
  private intervalMs = 0;

  constructor(
    private readonly context: TransactionContext<F>,
    readonly key: string,
    readonly flow: F,
    outgoing: OutgoingRequest,
    user: unknown,
  ) {
    super(outgoing.method, outgoing.raw, outgoing.parsed);
    this.user = user;
  }

  /** Sends the request for the first time. */
  start(now: number): void {
    const { wheel, timers } = this.context;
    if (!this.flow.reliable) {
      // RFC 3261 §17.1.2.2: on an unreliable transport timer E fires in T1 seconds.
      this.intervalMs = timers.t1Ms;
      this.retransmission = wheel.schedule(now, timers.t1Ms, this, Timer.E);
    }
    // RFC 3261 §17.1.2.2: timer F with 64*T1.
    this.deadline = wheel.schedule(now, timers.transactionTimeoutMs, this, Timer.F);
    this.send();
  }

  /** A response that matched this transaction. */
  receiveResponse(now: number, response: SipResponse): void {
    switch (this.state) {
      case 'trying':
      case 'proceeding':
        if (response.statusCode >= 200) {
          this.complete(now, response);
          return;
        }
        // RFC 3261 §17.1.2.2: a provisional response leaves timers E and F running.
        if (this.state === 'trying') this.stateTransition('proceeding');
        this.toTransactionUser(response);
        return;
      case 'completed':
      case 'terminated':
        // RFC 3261 §17.1.2.2: Completed exists to buffer retransmissions of the response.
        return;
    }
  }

  expire(now: number, timer: number): void {
    if (timer === Timer.E) {
      // RFC 3261 §17.1.2.2: in Trying timer E doubles up to T2; in Proceeding it is T2.
      const { t2Ms } = this.context.timers;
      this.intervalMs = this.state === 'trying' ? Math.min(2 * this.intervalMs, t2Ms) : t2Ms;
      this.retransmission = this.context.wheel.schedule(now, this.intervalMs, this, Timer.E);
      this.send();
      return;
    }
    this.deadline = NO_TIMER;
    this.terminate();
    // RFC 3261 §17.1.2.2: timer F in Trying or Proceeding: inform the TU of the timeout. Timer K ends silently.
    if (timer === Timer.F) this.context.effects.push({ type: 'timeout', transaction: this });
    this.announceEnd();
  }

  /** RFC 3261 §17.1.4: the request could not be sent. In Completed nothing is being sent. */
  transportFailed(): void {
    if (this.state === 'trying' || this.state === 'proceeding') this.fail();
  }

  /** The flow is gone: who still waits for a final response is told. */
  flowClosed(): void {
    if (this.state === 'trying' || this.state === 'proceeding') this.fail();
  }

  /** Ends a transaction that still waits for a final response. False if it has one, or has ended. */
  abandon(): boolean {
    if (this.state !== 'trying' && this.state !== 'proceeding') return false;
    this.terminate();
    this.announceEnd();
    return true;
  }

  private complete(now: number, response: SipResponse): void {
    this.stopTimers();
    this.stateTransition('completed');
    this.putRequestAway();
    // RFC 3261 §17.1.2.2: timer K is T4 on unreliable transports, zero on reliable ones.
    if (this.flow.reliable) {
      this.terminate();
      this.toTransactionUser(response);
      this.announceEnd();
      return;
    }
    this.deadline = this.context.wheel.schedule(now, this.context.timers.t4Ms, this, Timer.K);
    this.toTransactionUser(response);
  }

  private fail(): void {
    this.terminate();
    this.context.effects.push({ type: 'transportError', transaction: this });
    this.announceEnd();
  }

  private terminate(): void {
    this.stopTimers();
    this.stateTransition('terminated');
    this.context.forget(this);
  }

  private announceEnd(): void {
    this.context.effects.push({ type: 'terminated', transaction: this });
  }

  private toTransactionUser(response: SipResponse): void {
    this.context.effects.push({ type: 'response', transaction: this, response });
  }

  private send(): void {
    this.context.effects.push({ type: 'send', flow: this.flow, raw: this.requestText, transaction: this });
  }

  private stopTimers(): void {
    const { wheel } = this.context;
    if (this.retransmission !== NO_TIMER) {
      wheel.cancel(this.retransmission);
      this.retransmission = NO_TIMER;
    }
    if (this.deadline !== NO_TIMER) {
      wheel.cancel(this.deadline);
      this.deadline = NO_TIMER;
    }
  }

  private stateTransition(to: NonInviteClientState): void {
    assertLegalMove(MOVES, this.kind, this.state, to);
    this.state = to;
  }
}
