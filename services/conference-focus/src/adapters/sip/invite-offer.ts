import type { SessionDescription } from '@ringdown/sdp';
import { Header, type SipRequest } from '@ringdown/sip-message';
import { readDescription } from '../../domain/negotiation/media-negotiation.js';
import { type WantedMedia, wantedMedia, whyUnacceptable } from '../../domain/negotiation/preview.js';
import type { Conference } from '../../use-cases/conferences.js';
import { acceptedTypes } from './abilities.js';
import { policyOf } from './focus-parts.js';
import { notAcceptable, refusal, type SipRefusal } from './refusals.js';

/** What an INVITE offers. */
export interface InviteOffer extends WantedMedia {
  /** Undefined where the focus is to offer. */
  readonly session: SessionDescription | undefined;
}

/** Reads a request's session description, or says why it can't be taken (RFC 3261 §8.2.3). */
export function describedIn(request: SipRequest): SessionDescription | SipRefusal {
  const type = request.value(Header.ContentType)?.split(';')[0]?.trim().toLowerCase();
  if (type !== acceptedTypes) return refusal(415, undefined, [[Header.Accept, acceptedTypes]]);
  const session = readDescription(request.body);
  return session.kind === 'session' ? session : { statusCode: 400, options: { reasonPhrase: session.reason } };
}

/** What an INVITE offers, or why the room can't take it, as far as that is known before it is asked. */
export function inviteOffer(request: SipRequest, known: Conference | undefined): InviteOffer | SipRefusal {
  if (request.body === '') return { session: undefined, family: 'IP4', video: true };
  const session = describedIn(request);
  if ('statusCode' in session) return session;
  const why = whyUnacceptable(session, policyOf(known?.media ?? { srtpRequired: false, video: true }));
  return why === undefined ? { session, ...wantedMedia(session) } : notAcceptable(why);
}
