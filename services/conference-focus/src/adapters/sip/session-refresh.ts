import {
  type AgreedSessionTimer,
  afterTooSmall,
  agreedSessionTimer,
  askSessionTimer,
  type InviteSession,
  type OutgoingRequest,
  type Refresher,
} from '@ringdown/sip-dialog';
import { Header, type SipMessage, type SipResponse } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import { acceptedTypes } from './abilities.js';
import type { FocusParts } from './focus-parts.js';
import type { MemberCall } from './member-call.js';

/** What the focus knows of how one call is kept alive (RFC 4028). */
export interface Refreshing {
  /** What it asks for; more than at first once the phone has wanted more. */
  policy: Parameters<typeof askSessionTimer>[0];
  /** Whether the phone takes UPDATE (RFC 3311 §4), which needs no offer. */
  takesUpdate: boolean;
}

/** Whether the sender of an INVITE, or of its answer, says that it takes UPDATE. */
export function allowsUpdate(message: SipMessage): boolean {
  return message.list(Header.Allow).some((method) => method.trim().toUpperCase() === 'UPDATE');
}

/** Keeps sessions alive, and so finds the phones that are dead: every call of the focus is timed (RFC 4028). */
export class SessionRefresh {
  constructor(private readonly parts: FocusParts) {}

  /** Both sides have agreed. `role`: the focus's in the transaction that did it. */
  agreed(
    now: number,
    session: InviteSession<Flow>,
    { intervalSec, refresher }: AgreedSessionTimer,
    role: Refresher,
  ): void {
    session.timer.start(now, { intervalSec, refreshes: refresher === role });
  }

  due(session: InviteSession<Flow>): void {
    const call = this.parts.calls.ofSession(session);
    if (call?.negotiation === undefined || call.negotiation.isOfferOpen) return;
    const headers = askSessionTimer(call.refreshing.policy, 'uac');
    this.parts.driver.act((now) => {
      if (call.refreshing.takesUpdate) {
        session.request('UPDATE', { headers });
        return;
      }
      const body = call.negotiation?.offer() ?? '';
      if (session.reinvite(now, { headers, contentType: acceptedTypes, body }) !== 'sent')
        call.negotiation?.offerRefused();
    });
  }

  /** The answer to a request of the focus's within a call; only UPDATE is its concern. */
  answered(
    session: InviteSession<Flow>,
    request: OutgoingRequest,
    statusCode: number,
    response: SipResponse | undefined,
  ): void {
    const call = this.parts.calls.ofSession(session);
    if (call === undefined || request.draft.method !== 'UPDATE') return;
    if (response !== undefined && statusCode < 300) this.#restart(session, call, response);
    else if (statusCode === 405 || statusCode === 501) {
      call.refreshing.takesUpdate = false;
      this.due(session);
    } else this.#refused(session, call, response);
  }

  /** The answer to the focus's re-INVITE. */
  reinvited(session: InviteSession<Flow>, statusCode: number, response: SipResponse | undefined): void {
    const call = this.parts.calls.ofSession(session);
    if (call === undefined) return;
    if (response === undefined || statusCode >= 300) {
      call.negotiation?.offerRefused();
      this.#refused(session, call, response);
      return;
    }
    if (call.answerCame(response)) this.#restart(session, call, response);
  }

  #restart(session: InviteSession<Flow>, call: MemberCall, response: SipResponse): void {
    const agreed = agreedSessionTimer(response, call.refreshing.policy);
    this.parts.driver.act((now) => this.agreed(now, session, agreed, 'uac'));
  }

  /** RFC 4028 §7.3: once more with what the phone wants; every other refusal is tried again when the timer says so. */
  #refused(session: InviteSession<Flow>, call: MemberCall, response: SipResponse | undefined): void {
    if (response?.statusCode !== 422) return;
    const policy = afterTooSmall(response, call.refreshing.policy);
    if (policy === undefined) return;
    call.refreshing.policy = policy;
    this.due(session);
  }
}
