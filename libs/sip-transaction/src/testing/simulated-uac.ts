import type { SipResponse } from '@ringdown/sip-message';
import type { Expirable } from '../timer-wheel.js';
import type { CallPlan } from './call-plan.js';
import { type Client, GIVE_UP_MS, type InviteClient, SimulatedElement } from './simulated-element.js';

/** How long a caller without a plan to cancel waits for a final response before it cancels after all. */
const PATIENCE_MS = 120_000;
const START = 0;
const CANCEL = 1;
const CANCEL_UNANSWERED = 2;
const HANG_UP = 3;

/** How a call looked to its caller. */
export interface CallerOutcome {
  /** The final status code, or why there is none. */
  invite: number | 'timeout' | 'abandoned' | undefined;
  bye: number | 'timeout' | undefined;
}

class OutgoingCall implements Expirable {
  readonly outcome: CallerOutcome = { invite: undefined, bye: undefined };
  invite: InviteClient | undefined;
  toTag = '';
  isCancelling = false;
  isGuarded = false;
  acks = 0;

  constructor(
    private readonly uac: SimulatedUac,
    readonly plan: CallPlan,
  ) {}

  expire(now: number, timer: number): void {
    switch (timer) {
      case START:
        return this.uac.invite(now, this);
      case CANCEL:
        return this.uac.cancel(now, this);
      case CANCEL_UNANSWERED:
        return this.uac.giveUp(now, this);
      default:
        return this.uac.hangUp(now, this);
    }
  }
}

/** The callers of all calls, behind one address. */
export class SimulatedUac extends SimulatedElement {
  readonly calls: OutgoingCall[] = [];
  private readonly next: string;

  /** `next` is the outbound proxy. */
  constructor(...[next, ...element]: [next: string, ...element: ConstructorParameters<typeof SimulatedElement>]) {
    super(...element);
    this.next = next;
  }

  plan(now: number, plan: CallPlan): void {
    const call = new OutgoingCall(this, plan);
    this.calls.push(call);
    this.wheel.schedule(now, plan.startsAt - now, call, START);
  }

  invite(now: number, call: OutgoingCall): void {
    call.invite = this.begin(now, this.text(call, 'INVITE', 1, 'i'), this.next, call) as InviteClient;
    this.wheel.schedule(now, call.plan.cancelsAfterMs ?? PATIENCE_MS, call, CANCEL);
  }

  cancel(now: number, call: OutgoingCall): void {
    call.isCancelling = true;
    if (this.layer.cancel(now, call.invite as InviteClient) === 'sent') this.guard(now, call);
  }

  /** RFC 3261 §9.1: 64*T1 after the CANCEL. */
  giveUp(now: number, call: OutgoingCall): void {
    if (this.abandon(now, call.invite as InviteClient)) call.outcome.invite = 'abandoned';
  }

  hangUp(now: number, call: OutgoingCall): void {
    this.begin(now, this.text(call, 'BYE', 2, 'b'), this.next, call);
  }

  protected override onResponse(now: number, transaction: Client, response: SipResponse): void {
    const call = transaction.user as OutgoingCall | undefined;
    if (call === undefined) return;
    const { statusCode } = response;
    if (call.isCancelling) this.guard(now, call);
    if (statusCode < 200) return;
    if (transaction.kind === 'non-invite-client') {
      call.outcome.bye = statusCode;
      return;
    }
    if (statusCode < 300) {
      // RFC 3261 §13.2.2.4: an ACK for each 2xx, also for its repetitions.
      call.toTag = response.toTag ?? '';
      call.acks++;
      this.sendDirectly(now, this.text(call, 'ACK', 1, `a${call.acks}-`), this.next);
      if (call.outcome.invite === undefined) this.wheel.schedule(now, call.plan.talksMs, call, HANG_UP);
    }
    call.outcome.invite ??= statusCode;
  }

  protected override onTimeout(_now: number, transaction: Client): void {
    const call = transaction.user as OutgoingCall | undefined;
    if (call === undefined) return;
    if (transaction.kind === 'invite-client') call.outcome.invite = 'timeout';
    else call.outcome.bye = 'timeout';
  }

  protected override onRequest(): void {
    throw new Error('nobody calls the callers');
  }

  protected override onCancel(): void {
    throw new Error('nobody calls the callers');
  }

  protected override onAck(): void {
    throw new Error('nobody calls the callers');
  }

  protected override onAckTimeout(): void {
    throw new Error('nobody calls the callers');
  }

  protected override onTerminated(): void {}

  private guard(now: number, call: OutgoingCall): void {
    if (call.isGuarded) return;
    call.isGuarded = true;
    this.wheel.schedule(now, GIVE_UP_MS, call, CANCEL_UNANSWERED);
  }

  private text(call: OutgoingCall, method: string, cseq: number, mark: string): string {
    const { callId } = call.plan;
    return [
      `${method} sip:${callId}@callee.example.com SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.address};branch=z9hG4bK${mark}${callId}`,
      'Max-Forwards: 70',
      `From: <sip:caller@example.com>;tag=c${callId}`,
      `To: <sip:callee@example.com>${call.toTag === '' ? '' : `;tag=${call.toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
  }
}
