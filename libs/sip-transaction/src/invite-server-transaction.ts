import { buildResponse, type SipRequest } from '@ringdown/sip-message';
import { RequestKeeper } from './request-keeper.js';
import { assertLegalMove, type LegalMoves } from './state-transition.js';
import { Timer } from './timer-values.js';
import { NO_TIMER, type TimerHandle } from './timer-wheel.js';
import type { RespondResult, TransactionContext, TransactionFlow } from './transaction.js';

export type InviteServerState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';

/** RFC 3261 figure 7 as amended by RFC 6026 figure 7. */
const MOVES: LegalMoves<InviteServerState> = {
  // To `terminated` only where the INVITE turns out to be another element's: see `dismiss`.
  proceeding: ['accepted', 'completed', 'terminated'],
  accepted: ['terminated'],
  completed: ['confirmed', 'terminated'],
  confirmed: ['terminated'],
  terminated: [],
};

/** The server side of an INVITE (RFC 3261 §17.2.1, RFC 6026 §7.1). */
export class InviteServerTransaction<F extends TransactionFlow> extends RequestKeeper {
  readonly kind = 'invite-server';
  state: InviteServerState = 'proceeding';
  /** The TU's slot; the machine never reads it. */
  user: unknown = undefined;
  /** The latest response, while a retransmitted INVITE or timer G may ask for it again. */
  lastResponse: string | undefined;

  private retransmission: TimerHandle = NO_TIMER;
  private deadline: TimerHandle = NO_TIMER;
  private intervalMs = 0;

  constructor(
    private readonly context: TransactionContext<F>,
    readonly key: string,
    readonly flow: F,
    request: SipRequest,
  ) {
    super(request.method, request.raw, request);
  }

  /** Hands the INVITE to the TU. */
  start(now: number): void {
    // RFC 3261 §17.2.1: a 100 MUST go out unless the TU is known to answer within 200 ms; its answer stops this timer.
    this.deadline = this.context.wheel.schedule(now, this.context.timers.tryingDelayMs, this, Timer.Trying);
    this.context.effects.push({ type: 'request', transaction: this, request: this.request });
  }

  /** A retransmission of the INVITE. */
  receiveInvite(): void {
    // RFC 3261 §17.2.1: in Proceeding and Completed the latest response is sent again; the request never reaches the TU.
    // RFC 6026 §7.1: in Accepted the retransmission is absorbed. Confirmed has no arrow for it.
    if ((this.state === 'proceeding' || this.state === 'completed') && this.lastResponse !== undefined) {
      this.send(this.lastResponse);
    }
  }

  /** An ACK that matched by RFC 3261 §17.2.3. True if the TU should see it. */
  receiveAck(now: number): boolean {
    if (this.state === 'completed') {
      this.confirm(now);
      return false;
    }
    // RFC 6026 §7.1: an ACK received in Accepted is passed to the TU. RFC 3261 §17.2.1: Confirmed absorbs further ACKs.
    return this.state === 'accepted';
  }

  /** A response from the TU. */
  respond(now: number, statusCode: number, raw: string): RespondResult {
    switch (this.state) {
      case 'proceeding':
        this.stopTimers();
        if (statusCode < 200) this.lastResponse = raw;
        else if (statusCode < 300) this.accept(now);
        else this.complete(now, raw);
        this.send(raw);
        return 'sent';
      case 'accepted':
        // RFC 6026 §7.1: a 2xx from the TU in Accepted is sent; the machine itself repeats none.
        if (statusCode < 200 || statusCode >= 300) return 'ignored-accepted';
        this.send(raw);
        return 'sent';
      case 'completed':
        // RFC 3261 §17.2.1: any other final response passed by the TU in Completed MUST be discarded.
        return 'ignored-completed';
      case 'confirmed':
        return 'ignored-confirmed';
      case 'terminated':
        return 'ignored-terminated';
    }
  }

  /**
   * Ends the transaction without an answer, since another element behind the same address answers this INVITE. False, and nothing
   * changes, once something was answered here.
   */
  dismiss(): boolean {
    if (this.state !== 'proceeding' || this.lastResponse !== undefined) return false;
    this.terminate();
    this.announceEnd();
    return true;
  }

  expire(now: number, timer: number): void {
    switch (timer) {
      case Timer.Trying:
        this.deadline = NO_TIMER;
        this.sendTrying(buildResponse(this.request, 100));
        return;
      case Timer.G:
        // RFC 3261 §17.2.1: when timer G fires the response is sent again, and G is reset with MIN(2*T1, T2) and so on.
        this.intervalMs = Math.min(2 * this.intervalMs, this.context.timers.t2Ms);
        this.retransmission = this.context.wheel.schedule(now, this.intervalMs, this, Timer.G);
        this.send(this.lastResponse as string);
        return;
      default:
        this.deadline = NO_TIMER;
        this.terminate();
        // RFC 3261 §17.2.1: timer H means that the ACK never came, which the TU MUST be told. Timers I and L end silently.
        if (timer === Timer.H) this.context.effects.push({ type: 'ackTimeout', transaction: this });
        this.announceEnd();
    }
  }

  /** RFC 6026 §8.8: the TU is told that a response could not be sent, and the state MUST stay. */
  transportFailed(): void {
    // Confirmed sends nothing, nor does Proceeding before its first response.
    if (this.state === 'terminated' || this.state === 'confirmed') return;
    if (this.state === 'proceeding' && this.lastResponse === undefined) return;
    this.context.effects.push({ type: 'transportError', transaction: this });
  }

  private sendTrying(raw: string): void {
    this.lastResponse = raw;
    this.send(raw);
  }

  private accept(now: number): void {
    this.stateTransition('accepted');
    this.lastResponse = undefined;
    this.putRequestAway();
    // RFC 6026 §7.1: timer L, 64*T1 on every transport.
    this.deadline = this.context.wheel.schedule(now, this.context.timers.transactionTimeoutMs, this, Timer.L);
  }

  private complete(now: number, raw: string): void {
    const { wheel, timers } = this.context;
    this.stateTransition('completed');
    this.lastResponse = raw;
    this.putRequestAway();
    if (!this.flow.reliable) {
      // RFC 3261 §17.2.1: timer G fires in T1 seconds on unreliable transports, and is not used on reliable ones.
      this.intervalMs = timers.t1Ms;
      this.retransmission = wheel.schedule(now, timers.t1Ms, this, Timer.G);
    }
    // RFC 3261 §17.2.1: timer H, 64*T1 on every transport.
    this.deadline = wheel.schedule(now, timers.transactionTimeoutMs, this, Timer.H);
  }

  private confirm(now: number): void {
    this.stopTimers();
    this.lastResponse = undefined;
    this.stateTransition('confirmed');
    // RFC 3261 §17.2.1: timer I is T4 on unreliable transports, zero on reliable ones.
    if (this.flow.reliable) {
      this.terminate();
      this.announceEnd();
      return;
    }
    this.deadline = this.context.wheel.schedule(now, this.context.timers.t4Ms, this, Timer.I);
  }

  private terminate(): void {
    this.stopTimers();
    this.lastResponse = undefined;
    this.stateTransition('terminated');
    this.context.forget(this);
  }

  private announceEnd(): void {
    this.context.effects.push({ type: 'terminated', transaction: this });
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

  private stateTransition(to: InviteServerState): void {
    assertLegalMove(MOVES, this.kind, this.state, to);
    this.state = to;
  }
}
