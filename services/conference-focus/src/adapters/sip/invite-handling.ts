import type { InviteServer } from '@ringdown/sip-dialog';
import { Header, type HeaderField, type SipRequest } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import { noKeying } from '../../domain/negotiation/keying.js';
import { readDescription } from '../../domain/negotiation/media-negotiation.js';
import { wantedMedia, whyUnacceptable } from '../../domain/negotiation/preview.js';
import type { JoinOutcome, JoinRequest } from '../../use-cases/conferences.js';
import { abilities, acceptedTypes } from './abilities.js';
import { conferenceAddress } from './conference-address.js';
import type { Factory } from './factory.js';
import { type FocusParts, policyOf } from './focus-parts.js';
import { MemberCall } from './member-call.js';
import { notAcceptable, refusal, type SipRefusal } from './refusals.js';
import { contextOf, type Sender, senderOf } from './sender.js';

type Offer = ReturnType<typeof wantedMedia> & {
  readonly session: Exclude<ReturnType<typeof readDescription>, { kind: 'unreadable' }> | undefined;
};

/** INVITEs that ask to join a conference (RFC 4579 §5.1, §5.2, §5.4), with an offer or without. */
export class InviteHandling {
  constructor(
    private readonly parts: FocusParts,
    private readonly factory: Factory,
  ) {}

  incoming(invite: InviteServer<Flow>): void {
    const { request } = invite.transaction;
    const { driver } = this.parts;
    const ingress = driver.ingressOf(invite.transaction);
    const sender = senderOf(request, ingress?.envelope);
    if (sender === undefined) {
      this.#refuse(invite, refusal(403, 'The platform did not say whose call this is'));
      return;
    }
    const room = this.#room(invite);
    if (room === undefined) {
      this.#refuse(invite, refusal(404, 'There is no such conference'));
      return;
    }
    const offer = this.#offer(request, sender, room);
    if ('statusCode' in offer) {
      this.#refuse(invite, offer);
      return;
    }
    driver.paths.keep(request.callId, contextOf(sender), ingress?.flow);
    const call = new MemberCall(this.parts, sender, request.callId, invite);
    const asked: JoinRequest = {
      tenantId: sender.tenantId,
      room,
      uri: sender.uri,
      isAuthenticated: sender.isAuthenticated,
      displayName: sender.displayName,
      isModerator: false,
      leg: call,
      how: this.factory.isOwner(invite.transaction) ? 'focus-owner' : 'dialed-in',
      family: offer.family,
      wantsVideo: offer.video,
    };
    this.parts.underWay(
      this.parts.conferences
        .join(asked)
        .then((outcome) => driver.act((now) => this.#asked(now, invite, call, offer, outcome))),
    );
  }

  /** The caller gave up before it was answered; 487 has gone out. */
  cancelled(invite: InviteServer<Flow>): void {
    const call = this.parts.calls.ofInvite(invite);
    call?.over();
    call?.member?.left('departed', 'the caller gave up');
  }

  #room({ transaction }: InviteServer<Flow>): string | undefined {
    const address = conferenceAddress(transaction.request);
    if (address.kind === 'factory') return this.factory.roomFor(transaction);
    return address.kind === 'room' ? address.room : undefined;
  }

  /** What the INVITE offers, or why it can't be taken, as far as that is known before the room is asked. */
  #offer(request: SipRequest, sender: Sender, room: string): Offer | SipRefusal {
    if (request.body === '') return { session: undefined, family: 'IP4', video: true };
    const type = request.value(Header.ContentType)?.split(';')[0]?.trim().toLowerCase();
    // RFC 3261 §8.2.3.
    if (type !== acceptedTypes) return refusal(415, undefined, [[Header.Accept, acceptedTypes]]);
    const session = readDescription(request.body);
    if (session.kind === 'unreadable') return { statusCode: 400, options: { reasonPhrase: session.reason } };
    const known = this.parts.conferences.find(sender.tenantId, room);
    const why = whyUnacceptable(session, policyOf(known?.media ?? { srtpRequired: false, video: true }), noKeying);
    return why === undefined ? { session, ...wantedMedia(session) } : notAcceptable(why);
  }

  #asked(now: number, invite: InviteServer<Flow>, call: MemberCall, offer: Offer, outcome: JoinOutcome): void {
    if (outcome.kind === 'refused') {
      const { statusCode, reasonPhrase, headers = [] } = outcome;
      if (!call.isOver)
        this.#refuse(invite, {
          statusCode,
          options: { ...refusal(statusCode, reasonPhrase, headers).options, reasonPhrase },
        });
      call.over();
      return;
    }
    const { member } = outcome;
    if (call.isOver || invite.state !== 'proceeding') {
      member.left('departed', 'the caller gave up');
      return;
    }
    const negotiation = call.joined(member);
    const answer = offer.session === undefined ? undefined : negotiation.answer(offer.session);
    if (answer?.kind === 'unacceptable') {
      this.#refuse(invite, notAcceptable(answer));
      call.over();
      member.left('failed', answer.text);
      return;
    }
    const body = answer?.body ?? negotiation.offer();
    const session = invite.accept(now, { headers: this.#headers(), contentType: acceptedTypes, body });
    if (session === undefined) {
      call.over();
      member.left('failed', 'the INVITE has no usable Contact');
      return;
    }
    call.established(session);
    if (answer !== undefined) member.mediaAgreed(answer.media);
  }

  #headers(): readonly HeaderField[] {
    return abilities;
  }

  #refuse(invite: InviteServer<Flow>, { statusCode, options }: SipRefusal): void {
    const { transaction } = invite;
    const { callId, requestUri } = transaction.request;
    this.parts.logger.info(`INVITE refused with ${statusCode}`, { callId, requestUri, why: whyOf(options) });
    invite.reject(statusCode, options);
  }
}

function whyOf({ reasonPhrase, headers = [] }: SipRefusal['options']): string | undefined {
  return reasonPhrase ?? headers.find(([name]) => name === Header.Warning)?.[1];
}
