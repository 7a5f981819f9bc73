import type { HeaderField, SipResponse } from '@ringdown/sip-message';
import { buildAcknowledgement } from './acknowledgement.js';
import { RequestKeeper } from './request-keeper.js';
import { assertLegalMove, type LegalMoves } from './state-transition.js';
import { Timer } from './timer-values.js';
import { NO_TIMER, type TimerHandle } from './timer-wheel.js';
import type { ClientTransaction, OutgoingRequest, TransactionContext, TransactionFlow } from './transaction.js';

export type InviteClientState = 'calling' | 'proceeding' | 'accepted' | 'completed' | 'terminated';

/** RFC 3261 figure 5 as amended by RFC 6026 figure 8. Proceeding → Terminated is a closed flow or an abandoned transaction. */
const MOVES: LegalMoves<InviteClientState> = {
  calling: ['proceeding', 'accepted', 'completed', 'terminated'],
  proceeding: ['accepted', 'completed', 'terminated'],
  accepted: ['terminated'],
  completed: ['terminated'],
  terminated: [],
};

const NO_HEADERS: readonly HeaderField[] = [];

/** The client side of an INVITE (RFC 3261 §17.1.1, RFC 6026 §7.2). */
export class InviteClientTransaction<F extends TransactionFlow> extends RequestKeeper {
  readonly kind = 'invite-client';
  state: InviteClientState = 'calling';
  /** The TU's slot; the machine never reads it. */
  user: unknown;
  /** The CANCEL that waits for the first provisional response (RFC 3261 §9.1), and whether one was asked for. */
  cancellation: 'none' | 'awaiting-provisional' | 'sent' = 'none';
  cancelHeaders: readonly HeaderField[] = NO_HEADERS;
  /** Neighbours in the list of its flow's client transactions. */
  nextOnFlow: ClientTransaction<F> | undefined = undefined;
  previousOnFlow: ClientTransaction<F> | undefined = undefined;

  private retransmission: TimerHandle = NO_TIMER;
  private deadline: TimerHandle = NO_TIMER;
  private intervalMs = 0;
  private ack = '';
  private ackToTag: string | undefined;

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

  /** Sends the INVITE for the first time. */
  start(now: number): void {
    const { wheel, timers } = this.context;
    if (!this.flow.reliable) {
      // RFC 3261 §17.1.1.2: on an unreliable transport the client transaction MUST start timer A with T1.
      this.intervalMs = timers.t1Ms;
      this.retransmission = wheel.schedule(now, timers.t1Ms, this, Timer.A);
    }
    // RFC 3261 §17.1.1.2: for any transport, timer B with 64*T1.
    this.deadline = wheel.schedule(now, timers.transactionTimeoutMs, this, Timer.B);
    this.send(this.requestText);
  }

  /** A response that matched this transaction. What the state has no arrow for is ignored. */
  receiveResponse(now: number, response: SipResponse): void {
    const { statusCode } = response;
    switch (this.state) {
      case 'calling':
      case 'proceeding':
        this.stopTimers();
        if (statusCode < 200) {
          if (this.state === 'calling') this.stateTransition('proceeding');
          this.toTransactionUser(response);
        } else if (statusCode < 300) {
          this.accept(now, response);
        } else {
          this.complete(now, response);
        }
        return;
      case 'accepted':
        // RFC 6026 §7.2: a 2xx received in Accepted is passed to the TU, and the state stays.
        if (statusCode >= 200 && statusCode < 300) this.toTransactionUser(response);
        return;
      case 'completed':
        // RFC 3261 §17.1.1.2: a retransmitted final response makes the ACK go out again and is not passed on.
        if (statusCode >= 300) this.acknowledge(response);
        return;
      case 'terminated':
        return;
    }
  }

  expire(now: number, timer: number): void {
    if (timer === Timer.A) {
      // RFC 3261 §17.1.1.2: when timer A fires, retransmit and wait twice as long.
      this.intervalMs *= 2;
      this.retransmission = this.context.wheel.schedule(now, this.intervalMs, this, Timer.A);
      this.send(this.requestText);
      return;
    }
    this.deadline = NO_TIMER;
    this.terminate();
    // RFC 3261 §17.1.1.2: timer B still in Calling: inform the TU of the timeout. Timers D and M end silently.
    if (timer === Timer.B) this.context.effects.push({ type: 'timeout', transaction: this });
    this.announceEnd();
  }

  /** RFC 3261 §17.1.4: the INVITE (Calling) or the ACK (Completed) could not be sent. Elsewhere nothing was being sent. */
  transportFailed(): void {
    if (this.state === 'calling' || this.state === 'completed') this.fail();
  }

  /** The flow is gone: who still waits for a final response is told, since none can come the way the request went. */
  flowClosed(): void {
    if (this.state === 'calling' || this.state === 'proceeding') this.fail();
  }

  /** Ends a transaction that still waits for a final response. False if it has one, or has ended. */
  abandon(): boolean {
    if (this.state !== 'calling' && this.state !== 'proceeding') return false;
    this.terminate();
    this.announceEnd();
    return true;
  }

  private accept(now: number, response: SipResponse): void {
    this.stateTransition('accepted');
    this.putRequestAway();
    // RFC 6026 §7.2: timer M, 64*T1 on every transport, in which further 2xx (forked or repeated) reach the TU.
    this.deadline = this.context.wheel.schedule(now, this.context.timers.transactionTimeoutMs, this, Timer.M);
    this.toTransactionUser(response);
  }

  private complete(now: number, response: SipResponse): void {
    // RFC 3261 §17.1.1.2: timer D is at least 32 s on unreliable transports, zero on reliable ones.
    if (this.flow.reliable) {
      this.stateTransition('completed');
      this.acknowledge(response);
      this.terminate();
      this.toTransactionUser(response);
      this.announceEnd();
      return;
    }
    this.stateTransition('completed');
    this.deadline = this.context.wheel.schedule(now, this.context.timers.timerDMs, this, Timer.D);
    this.acknowledge(response);
    this.putRequestAway();
    this.toTransactionUser(response);
  }

  private acknowledge(response: SipResponse): void {
    const { toTag } = response;
    if (this.ack === '' || toTag !== this.ackToTag) {
      this.ack = buildAcknowledgement(this.request, response);
      this.ackToTag = toTag;
    }
    this.send(this.ack);
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

  private send(raw: string): void {
    this.context.effects.push({ type: 'send', flow: this.flow, raw, transaction: this });
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

  private stateTransition(to: InviteClientState): void {
    assertLegalMove(MOVES, this.kind, this.state, to);
    this.state = to;
  }
}
