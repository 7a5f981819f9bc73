import { attributeValue, attributeValues, parseSession, type SessionDescription } from '@ringdown/sdp';
import { familyOf } from './network-address.js';
import type { MediaProfile } from './relayed-media.js';

/** What a session description says of how its sender takes media. */
export interface OfferFacts {
  readonly profile: MediaProfile;
  /** Undefined where its address is a name. */
  readonly family: 'IP4' | 'IP6' | undefined;
  /** Where it wants media: the address of its connection, and of its ICE candidates. */
  readonly addresses: readonly string[];
}

/** Reads a description; undefined where it can't be read, or has nothing that a relay of RTP or T.38 could take. */
export function offerFacts(sdp: string): OfferFacts | undefined {
  const session = parseSession(sdp);
  if (session.kind === 'failure') return undefined;
  const first = session.media.find(({ protocol }) => /RTP\/|^udptl$/i.test(protocol));
  if (first === undefined) return undefined;
  const connection = first.connections[0] ?? session.connection;
  const candidates = attributeValues(first.attributes, 'candidate').map((value) => value.split(' ')[4] ?? '');
  const address = connection?.address;
  return {
    profile: profileOf(session, first),
    family: address === undefined ? undefined : familyOf(address),
    addresses: [...(address === undefined ? [] : [address]), ...candidates.filter((each) => each !== '')],
  };
}

function profileOf(session: SessionDescription, media: SessionDescription['media'][number]): MediaProfile {
  const protocol = media.protocol.toUpperCase();
  if (protocol.startsWith('UDP/TLS/')) return 'webrtc';
  if (!protocol.startsWith('RTP/SAVP')) return 'plain';
  // Before RFC 5764's names were usual, browsers wrote RTP/SAVPF beside a fingerprint.
  const fingerprint =
    attributeValue(media.attributes, 'fingerprint') ?? attributeValue(session.attributes, 'fingerprint');
  return fingerprint === undefined ? 'sdes' : 'webrtc';
}
