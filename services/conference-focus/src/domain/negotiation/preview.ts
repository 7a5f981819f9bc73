import type { SessionDescription } from '@ringdown/sdp';
import { Keying } from './keying.js';
import { MediaNegotiation } from './media-negotiation.js';
import type { MediaPolicy, Unacceptable } from './media-policy.js';

/** What a member is given ports for. */
export interface WantedMedia {
  readonly family: 'IP4' | 'IP6';
  readonly video: boolean;
}

/** What an offer asks for: the address family of its audio, and whether it has video that could be taken. */
export function wantedMedia(offer: SessionDescription): WantedMedia {
  const audio = offer.media.find((line) => line.media === 'audio' && line.port !== 0);
  const connection = audio?.connections[0] ?? offer.connection;
  return {
    family: connection?.addressType ?? 'IP4',
    video: offer.media.some((line) => line.media === 'video' && line.port !== 0),
  };
}

/** Why an offer can't be answered; undefined where it can. To be asked before anything is opened for it. */
export function whyUnacceptable(offer: SessionDescription, policy: MediaPolicy): Unacceptable | undefined {
  // Any address will do: nothing of this answer is sent.
  const keying = new Keying((length) => new Uint8Array(length));
  const ports = { audio: { host: '192.0.2.1', port: 9 }, video: undefined };
  const answer = new MediaNegotiation({ policy, ports, sessionId: '0', keying }).answer(offer);
  return answer.kind === 'unacceptable' ? answer : undefined;
}
