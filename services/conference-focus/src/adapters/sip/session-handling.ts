import {
  answerSessionTimer,
  defaultSessionTimer,
  type EndCause,
  type InviteSession,
  type OutgoingRequest,
} from '@ringdown/sip-dialog';
import type { HeaderField, ResponseOptions, SipRequest } from '@ringdown/sip-message';
import type { InviteServerTransaction, ServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { MemberMedia } from '../../ports/mixer.js';
import { abilities, acceptedTypes } from './abilities.js';
import type { FocusParts } from './focus-parts.js';
import { describedIn } from './invite-offer.js';
import { asksForPicture } from './media-control.js';
import type { MemberCall } from './member-call.js';
import { notAcceptable, refusal, type SipRefusal } from './refusals.js';
import type { SessionRefresh } from './session-refresh.js';

/** How a re-INVITE or UPDATE is to be answered with 200. */
interface Accepted {
  readonly content: Pick<ResponseOptions, 'contentType' | 'body'>;
  /** What was agreed on with it. */
  readonly media: MemberMedia | undefined;
}

/** What comes within the calls of members: ACK, re-INVITE, UPDATE, and their ends. */
export class SessionHandling {
  constructor(
    private readonly parts: FocusParts,
    private readonly refresh: SessionRefresh,
  ) {}

  acknowledged(session: InviteSession<Flow>, ack: SipRequest): void {
    const call = this.parts.calls.ofSession(session);
    if (call === undefined) return;
    if (call.negotiation?.isOfferOpen === true && !call.answerCame(ack)) return;
    call.connected();
  }

  /** RFC 3261 §14.2, with an offer or without. */
  reinvite(session: InviteSession<Flow>, transaction: InviteServerTransaction<Flow>): void {
    this.#renegotiate(session, transaction);
  }

  /** RFC 3311 §5.2. */
  update(session: InviteSession<Flow>, transaction: ServerTransaction<Flow>): void {
    this.#renegotiate(session, transaction);
  }

  /** A request within a call that changes nothing of it; it has been answered. RFC 5168's INFO says that the phone has lost the picture. */
  informed(session: InviteSession<Flow>, request: SipRequest): void {
    if (request.method === 'INFO' && asksForPicture(request))
      this.parts.calls.ofSession(session)?.member?.pictureLost();
  }

  /** A phone that refuses the focus's INFO isn't asked for pictures again (RFC 5168 has nothing else that it could be asked). */
  answered(session: InviteSession<Flow>, request: OutgoingRequest, statusCode: number): void {
    const call = this.parts.calls.ofSession(session);
    if (request.draft.method === 'INFO' && statusCode >= 300 && call !== undefined) call.takesMediaControl = false;
  }

  ended(session: InviteSession<Flow>, cause: EndCause): void {
    const call = this.parts.calls.ofSession(session);
    if (call === undefined) return;
    call.over();
    if (cause === 'bye-received') call.member?.left('departed', 'hung up');
    else call.member?.left('failed', endings[cause]);
  }

  #renegotiate(session: InviteSession<Flow>, transaction: ServerTransaction<Flow>): void {
    const { request } = transaction;
    const timer = answerSessionTimer(request, defaultSessionTimer);
    if (timer.kind === 'too-small') {
      this.#refuse(session, transaction, refusal(422, undefined, timer.headers));
      return;
    }
    const call = this.parts.calls.ofSession(session);
    const outcome = call === undefined ? refusal(481) : this.#outcome(call, request);
    if ('statusCode' in outcome) {
      this.#refuse(session, transaction, outcome);
      return;
    }
    this.parts.driver.act((now) => {
      const headers: readonly HeaderField[] = [...abilities, ...timer.headers];
      session.answer(now, transaction, 200, { ...outcome.content, headers });
      this.refresh.agreed(now, session, timer.agreed, 'uas');
    });
    if (outcome.media !== undefined) call?.member?.mediaAgreed(outcome.media);
  }

  #outcome({ negotiation }: MemberCall, request: SipRequest): Accepted | SipRefusal {
    if (negotiation === undefined) return refusal(481);
    if (request.body === '') {
      // RFC 3261 §14.2: a re-INVITE without an offer asks for one; an UPDATE without one changes no media (RFC 3311 §5.1).
      const content = request.method === 'INVITE' ? described(negotiation.offer()) : {};
      return { content, media: undefined };
    }
    // RFC 3311 §5.2: two offers must not be open at once.
    if (negotiation.isOfferOpen) return refusal(491);
    const offer = describedIn(request);
    if ('statusCode' in offer) return offer;
    const answer = negotiation.answer(offer);
    // RFC 3261 §14.2: refused, and the session goes on as it was.
    if (answer.kind === 'unacceptable') return notAcceptable(answer);
    return { content: described(answer.body), media: answer.media };
  }

  #refuse(session: InviteSession<Flow>, transaction: ServerTransaction<Flow>, why: SipRefusal): void {
    this.parts.driver.act((now) => session.answer(now, transaction, why.statusCode, why.options));
  }
}

const endings: Readonly<Record<EndCause, string>> = {
  'bye-received': 'hung up',
  'bye-sent': 'hung up by the focus',
  'no-acknowledgement': 'the phone did not acknowledge the answer',
  'dialog-gone': 'the phone does not answer any more',
  'session-expired': 'the phone did not refresh the session',
  'never-wanted': 'the call was given up',
};

function described(body: string): Accepted['content'] {
  return { contentType: acceptedTypes, body };
}
