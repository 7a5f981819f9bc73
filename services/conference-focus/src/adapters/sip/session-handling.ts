import type { EndCause, InviteSession } from '@ringdown/sip-dialog';
import { Header, type ResponseOptions, type SipRequest } from '@ringdown/sip-message';
import type { InviteServerTransaction, ServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import { readDescription } from '../../domain/negotiation/media-negotiation.js';
import { abilities, acceptedTypes } from './abilities.js';
import type { FocusParts } from './focus-parts.js';
import type { MemberCall } from './member-call.js';
import { notAcceptable, refusal, type SipRefusal } from './refusals.js';

/** What comes within the calls of members: ACK, re-INVITE, UPDATE, and their ends. */
export class SessionHandling {
  constructor(private readonly parts: FocusParts) {}

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
    const { negotiation } = this.parts.calls.ofSession(session) ?? {};
    if (transaction.request.body !== '' && negotiation?.isOfferOpen === true) {
      // RFC 3311 §5.2: two offers must not be open at once.
      this.#answer(session, transaction, { statusCode: 491, options: {} });
      return;
    }
    this.#renegotiate(session, transaction);
  }

  ended(session: InviteSession<Flow>, cause: EndCause): void {
    const call = this.parts.calls.ofSession(session);
    if (call === undefined) return;
    call.over();
    if (cause === 'bye-received') call.member?.left('departed', 'hung up');
    else call.member?.left('failed', endings[cause]);
  }

  #renegotiate(session: InviteSession<Flow>, transaction: ServerTransaction<Flow>): void {
    const call = this.parts.calls.ofSession(session);
    if (call?.negotiation === undefined) {
      this.#answer(session, transaction, refusal(481));
      return;
    }
    const { request } = transaction;
    if (request.body === '') {
      // RFC 3261 §14.2: a re-INVITE without an offer asks for one; an UPDATE without one changes no media (RFC 3311 §5.1).
      const content = request.method === 'INVITE' ? described(call.negotiation.offer()) : {};
      this.#answer(session, transaction, { statusCode: 200, options: content });
      return;
    }
    this.#answerOffer(session, transaction, call);
  }

  #answerOffer(session: InviteSession<Flow>, transaction: ServerTransaction<Flow>, call: MemberCall): void {
    const { request } = transaction;
    const type = request.value(Header.ContentType)?.split(';')[0]?.trim().toLowerCase();
    if (type !== acceptedTypes) {
      this.#answer(session, transaction, refusal(415, undefined, [[Header.Accept, acceptedTypes]]));
      return;
    }
    const offer = readDescription(request.body);
    if (offer.kind === 'unreadable') {
      this.#answer(session, transaction, { statusCode: 400, options: { reasonPhrase: offer.reason } });
      return;
    }
    const answer = call.negotiation?.answer(offer);
    if (answer?.kind !== 'answer') {
      // RFC 3261 §14.2: the session goes on as it was.
      this.#answer(session, transaction, answer === undefined ? refusal(481) : notAcceptable(answer));
      return;
    }
    this.#answer(session, transaction, { statusCode: 200, options: described(answer.body) });
    call.member?.mediaAgreed(answer.media);
  }

  #answer(
    session: InviteSession<Flow>,
    transaction: ServerTransaction<Flow>,
    { statusCode, options }: SipRefusal,
  ): void {
    const headers = statusCode < 300 ? [...abilities, ...(options.headers ?? [])] : (options.headers ?? []);
    this.parts.driver.act((now) => session.answer(now, transaction, statusCode, { ...options, headers }));
  }
}

const endings: Readonly<Record<EndCause, string>> = {
  'bye-received': 'hung up',
  'bye-sent': 'hung up by the focus',
  'no-acknowledgement': 'the phone did not acknowledge the answer',
  'dialog-gone': 'the phone does not answer any more',
  'never-wanted': 'the call was given up',
};

function described(body: string): Pick<ResponseOptions, 'contentType' | 'body'> {
  return { contentType: acceptedTypes, body };
}
