import { buildResponse, edit, Header, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import type { Expirable } from '../timer-wheel.js';
import {
  type Client,
  GIVE_UP_MS,
  type InviteClient,
  type InviteServer,
  type Server,
  SimulatedElement,
} from './simulated-element.js';

/** RFC 3261 §16.6: timer C, more than three minutes. */
const TIMER_C_MS = 181_000;
const TIMER_C = 0;
const CANCEL_UNANSWERED = 1;

/** The two transactions of one forwarded request. */
class Forwarding implements Expirable {
  client: Client | undefined;
  isCancelling = false;
  isGuarded = false;

  constructor(
    private readonly relay: SimulatedRelay,
    readonly server: Server,
  ) {}

  expire(now: number, timer: number): void {
    if (timer === TIMER_C) this.relay.cancel(now, this);
    else this.relay.giveUp(now, this);
  }
}

/** The least that a transaction-stateful element in the middle has to do: one Via more, one client transaction for each server transaction. */
export class SimulatedRelay extends SimulatedElement {
  private branches = 0;
  /** Call-IDs of the INVITEs that this relay answered itself, with 408. */
  readonly answered408 = new Set<string>();

  /** `next` is where all requests go. */
  constructor(...[next, ...element]: [next: string, ...element: ConstructorParameters<typeof SimulatedElement>]) {
    super(...element);
    this.next = next;
  }

  private readonly next: string;

  cancel(now: number, forwarding: Forwarding): void {
    const { client } = forwarding;
    if (client?.kind !== 'invite-client') return;
    forwarding.isCancelling = true;
    if (this.layer.cancel(now, client) === 'sent') this.guard(now, forwarding);
  }

  /** RFC 3261 §9.1, §16.8: the INVITE counts as cancelled 64*T1 after the CANCEL. */
  giveUp(now: number, forwarding: Forwarding): void {
    if (this.abandon(now, forwarding.client as InviteClient)) this.answer408(now, forwarding);
  }

  protected override onRequest(now: number, transaction: Server, request: SipRequest): void {
    const forwarding = new Forwarding(this, transaction);
    transaction.user = forwarding;
    if (request.method === 'INVITE') {
      this.respond(now, transaction, 100, buildResponse(request, 100));
      this.wheel.schedule(now, TIMER_C_MS, forwarding, TIMER_C);
    }
    forwarding.client = this.begin(now, this.withOurVia(request), this.next, forwarding);
  }

  protected override onCancel(now: number, transaction: Server, cancelled: InviteServer | undefined): void {
    const statusCode = cancelled === undefined ? 481 : 200;
    this.respond(now, transaction, statusCode, buildResponse(transaction.request, statusCode, { toTag: 'relay' }));
    if (cancelled !== undefined) this.cancel(now, cancelled.user as Forwarding);
  }

  protected override onAck(now: number, request: SipRequest): void {
    this.sendDirectly(now, this.withOurVia(request), this.next);
  }

  protected override onResponse(now: number, transaction: Client, response: SipResponse): void {
    const forwarding = transaction.user as Forwarding | undefined;
    // A CANCEL's own response ends here (RFC 3261 §16.7 step 3 forwards only what has another Via).
    if (forwarding === undefined) return;
    if (forwarding.isCancelling) this.guard(now, forwarding);
    if (response.statusCode === 100) return;
    this.respond(now, forwarding.server, response.statusCode, edit(response).removeTopmost(Header.Via).toString());
  }

  protected override onTimeout(now: number, transaction: Client): void {
    const forwarding = transaction.user as Forwarding | undefined;
    // RFC 4320 §4.2: no 408 for anything but an INVITE.
    if (forwarding !== undefined && transaction.kind === 'invite-client') this.answer408(now, forwarding);
  }

  protected override onAckTimeout(): void {}

  protected override onTerminated(): void {}

  private guard(now: number, forwarding: Forwarding): void {
    if (forwarding.isGuarded) return;
    forwarding.isGuarded = true;
    this.wheel.schedule(now, GIVE_UP_MS, forwarding, CANCEL_UNANSWERED);
  }

  private answer408(now: number, forwarding: Forwarding): void {
    const { request } = forwarding.server;
    this.answered408.add(request.callId);
    this.respond(now, forwarding.server, 408, buildResponse(request, 408, { toTag: 'relay' }));
  }

  private withOurVia(request: SipRequest): string {
    this.branches++;
    return edit(request).prepend(Header.Via, `SIP/2.0/UDP ${this.address};branch=z9hG4bKr${this.branches}`).toString();
  }
}
