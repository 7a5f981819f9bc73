import {
  answerSessionTimer,
  defaultSessionTimer,
  type InviteServer,
  type SessionTimerAnswer,
} from '@ringdown/sip-dialog';
import { Header } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import type { JoinOutcome } from '../../use-cases/conferences.js';
import { abilities, acceptedTypes } from './abilities.js';
import type { Factory } from './factory.js';
import type { FocusParts } from './focus-parts.js';
import { inviteEntry } from './invite-entry.js';
import { type InviteOffer, inviteOffer } from './invite-offer.js';
import { MemberCall } from './member-call.js';
import { notAcceptable, refusal, type SipRefusal } from './refusals.js';
import { contextOf, senderOf } from './sender.js';
import { allowsUpdate, type SessionRefresh } from './session-refresh.js';

/** What was found out about an INVITE before its room was asked. */
interface Prepared {
  readonly offer: InviteOffer;
  readonly timer: Extract<SessionTimerAnswer, { kind: 'timed' }>;
}

/** INVITEs that ask to join a conference (RFC 4579 §5.1, §5.2, §5.4), with an offer or without. */
export class InviteHandling {
  constructor(
    private readonly parts: FocusParts,
    private readonly factory: Factory,
    private readonly refresh: SessionRefresh,
  ) {}

  incoming(invite: InviteServer<Flow>): void {
    const why = this.#begin(invite);
    if (why !== undefined) this.#refuse(invite, why);
  }

  /** The caller gave up before it was answered; 487 has gone out. */
  cancelled(invite: InviteServer<Flow>): void {
    const call = this.parts.calls.ofInvite(invite);
    call?.over();
    call?.member?.left('departed', 'the caller gave up');
  }

  /** Asks the room; why it needn't be asked otherwise. */
  #begin(invite: InviteServer<Flow>): SipRefusal | undefined {
    const { conferences, driver, underWay } = this.parts;
    const { request } = invite.transaction;
    const ingress = driver.ingressOf(invite.transaction);
    const sender = senderOf(request, ingress?.envelope);
    if (sender === undefined) return refusal(403, 'The platform did not say whose call this is');
    const entry = inviteEntry(this.parts, this.factory, invite, sender);
    if ('statusCode' in entry) return entry;
    const timer = answerSessionTimer(request, defaultSessionTimer);
    if (timer.kind === 'too-small') return refusal(422, undefined, timer.headers);
    const offer = inviteOffer(request, conferences.find(sender.tenantId, entry.room));
    if ('statusCode' in offer) return offer;
    driver.paths.keep(request.callId, contextOf(sender), ingress?.flow);
    const call = new MemberCall(this.parts, sender, request.callId, invite);
    call.refreshing.takesUpdate = allowsUpdate(request);
    const joining = conferences.join({
      tenantId: sender.tenantId,
      room: entry.room,
      uri: sender.uri,
      isAuthenticated: sender.isAuthenticated,
      displayName: sender.displayName,
      isModerator: false,
      leg: call,
      how: this.factory.isOwner(invite.transaction) ? 'focus-owner' : 'dialed-in',
      family: offer.family,
      wantsVideo: offer.video,
      ...(entry.replaces === undefined ? {} : { replaces: entry.replaces }),
    });
    underWay(joining.then((outcome) => driver.act((now) => this.#asked(now, invite, call, { offer, timer }, outcome))));
    return undefined;
  }

  #asked(now: number, invite: InviteServer<Flow>, call: MemberCall, prepared: Prepared, outcome: JoinOutcome): void {
    if (outcome.kind === 'refused') {
      const { statusCode, reasonPhrase, headers } = outcome;
      const { options } = refusal(statusCode, reasonPhrase, headers);
      if (!call.isOver) this.#refuse(invite, { statusCode, options: { ...options, reasonPhrase } });
      call.over();
      return;
    }
    const { member } = outcome;
    if (call.isOver || invite.state !== 'proceeding') {
      member.left('departed', 'the caller gave up');
      return;
    }
    const { offer, timer } = prepared;
    const negotiation = call.joined(member);
    const answer = offer.session === undefined ? undefined : negotiation.answer(offer.session);
    if (answer?.kind === 'unacceptable') {
      this.#refuse(invite, notAcceptable(answer));
      call.over();
      member.left('failed', answer.text);
      return;
    }
    const body = answer?.body ?? negotiation.offer();
    const headers = [...abilities, ...timer.headers];
    const session = invite.accept(now, { headers, contentType: acceptedTypes, body });
    if (session === undefined) {
      call.over();
      member.left('failed', 'the INVITE has no usable Contact');
      return;
    }
    call.established(session);
    this.refresh.agreed(now, session, timer.agreed, 'uas');
    if (answer !== undefined) member.mediaAgreed(answer.media);
  }

  #refuse(invite: InviteServer<Flow>, { statusCode, options }: SipRefusal): void {
    const { callId, requestUri } = invite.transaction.request;
    this.parts.logger.info(`INVITE refused with ${statusCode}`, { callId, requestUri, why: whyOf(options) });
    invite.reject(statusCode, options);
  }
}

function whyOf({ reasonPhrase, headers = [] }: SipRefusal['options']): string | undefined {
  return reasonPhrase ?? headers.find(([name]) => name === Header.Warning)?.[1];
}
