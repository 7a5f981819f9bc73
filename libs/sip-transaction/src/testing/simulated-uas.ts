import { buildResponse, type SipRequest } from '@ringdown/sip-message';
import { type Expirable, NO_TIMER, type TimerHandle } from '../timer-wheel.js';
import type { CallPlan } from './call-plan.js';
import { type Client, GIVE_UP_MS, type InviteServer, type Server, SimulatedElement } from './simulated-element.js';

/** How long it rings when nobody cancels: longer than any timer C. */
const RINGS_MS = 300_000;
const RING = 0;
const DECIDE = 1;
const REPEAT_2XX = 2;
const STOP_RINGING = 3;

/** How a call looked to its callee. */
export interface CalleeOutcome {
  /** The final status code that was sent. */
  statusCode: number | undefined;
  /** Whether the ACK for it came in time; undefined while that is open. */
  acknowledgement: 'came' | 'missing' | undefined;
  /** When the 200 was first sent, if it was. */
  answeredAt: number;
}

class IncomingCall implements Expirable {
  readonly outcome: CalleeOutcome = { statusCode: undefined, acknowledgement: undefined, answeredAt: Infinity };
  repetition: TimerHandle = NO_TIMER;
  intervalMs = 500;

  constructor(
    private readonly uas: SimulatedUas,
    readonly plan: CallPlan,
    readonly transaction: InviteServer,
  ) {}

  expire(now: number, timer: number): void {
    switch (timer) {
      case RING:
        return this.uas.ring(now, this);
      case DECIDE:
        return this.uas.finish(now, this, this.plan.callee === 'answers' ? 200 : 486);
      case STOP_RINGING:
        return this.uas.finish(now, this, 480);
      default:
        return this.uas.repeat(now, this);
    }
  }
}

/** The callees of all calls, behind one address. */
export class SimulatedUas extends SimulatedElement {
  readonly calls = new Map<string, IncomingCall>();
  private readonly plans: ReadonlyMap<string, CallPlan>;

  constructor(
    ...[plans, ...element]: [
      plans: ReadonlyMap<string, CallPlan>,
      ...element: ConstructorParameters<typeof SimulatedElement>,
    ]
  ) {
    super(...element);
    this.plans = plans;
  }

  ring(now: number, call: IncomingCall): void {
    if (call.outcome.statusCode !== undefined) return;
    this.respond(now, call.transaction, 180, this.answer(call.transaction.request, 180));
  }

  finish(now: number, call: IncomingCall, statusCode: number): void {
    if (call.outcome.statusCode !== undefined) return;
    call.outcome.statusCode = statusCode;
    this.respond(now, call.transaction, statusCode, this.answer(call.transaction.request, statusCode));
    if (statusCode >= 300) return;
    call.outcome.answeredAt = now;
    call.repetition = this.wheel.schedule(now, call.intervalMs, call, REPEAT_2XX);
  }

  /** RFC 3261 §13.3.1.4: the 2xx is repeated after T1, doubling up to T2, until the ACK comes or 64*T1 have passed. */
  repeat(now: number, call: IncomingCall): void {
    if (now - call.outcome.answeredAt >= GIVE_UP_MS) {
      call.repetition = NO_TIMER;
      call.outcome.acknowledgement = 'missing';
      return;
    }
    this.respond(now, call.transaction, 200, this.answer(call.transaction.request, 200));
    call.intervalMs = Math.min(2 * call.intervalMs, 4000);
    const leftMs = Math.ceil(call.outcome.answeredAt + GIVE_UP_MS - now);
    call.repetition = this.wheel.schedule(now, Math.min(call.intervalMs, leftMs), call, REPEAT_2XX);
  }

  protected override onRequest(now: number, transaction: Server, request: SipRequest): void {
    if (transaction.kind === 'non-invite-server') {
      const call = this.calls.get(request.callId);
      const statusCode = call === undefined ? 481 : 200;
      this.respond(now, transaction, statusCode, this.answer(request, statusCode));
      return;
    }
    const plan = this.plans.get(request.callId);
    if (plan === undefined || this.calls.has(request.callId))
      throw new Error(`the INVITE of ${request.callId} came as a new one twice`);
    const call = new IncomingCall(this, plan, transaction);
    transaction.user = call;
    this.calls.set(request.callId, call);
    this.wheel.schedule(now, plan.ringsAfterMs, call, RING);
    if (plan.callee === 'lets it ring') this.wheel.schedule(now, RINGS_MS, call, STOP_RINGING);
    else this.wheel.schedule(now, plan.decidesAfterMs, call, DECIDE);
  }

  protected override onCancel(now: number, transaction: Server, cancelled: InviteServer | undefined): void {
    const statusCode = cancelled === undefined ? 481 : 200;
    this.respond(now, transaction, statusCode, this.answer(transaction.request, statusCode));
    if (cancelled !== undefined) this.finish(now, cancelled.user as IncomingCall, 487);
  }

  protected override onAck(_now: number, request: SipRequest): void {
    const call = this.calls.get(request.callId);
    if (call === undefined || call.repetition === NO_TIMER) return;
    this.wheel.cancel(call.repetition);
    call.repetition = NO_TIMER;
    call.outcome.acknowledgement = 'came';
  }

  protected override onAckTimeout(_now: number, transaction: InviteServer): void {
    (transaction.user as IncomingCall).outcome.acknowledgement = 'missing';
  }

  protected override onTerminated(transaction: Client | Server): void {
    if (transaction.kind !== 'invite-server') return;
    const { outcome } = transaction.user as IncomingCall;
    // The ACK for a 300-699 response stays in the transaction: one that ends without complaint had it.
    if (outcome.statusCode !== undefined && outcome.statusCode >= 300) outcome.acknowledgement ??= 'came';
  }

  protected override onResponse(): void {
    throw new Error('the callees call nobody');
  }

  protected override onTimeout(): void {
    throw new Error('the callees call nobody');
  }

  private answer(request: SipRequest, statusCode: number): string {
    return buildResponse(request, statusCode, { toTag: `callee${request.callId}` });
  }
}
