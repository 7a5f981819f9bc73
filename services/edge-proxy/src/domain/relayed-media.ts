/** How a side takes its media: RTP as it is, with keys in the description (SDES), or a browser's ICE with DTLS-SRTP. */
export type MediaProfile = 'plain' | 'sdes' | 'webrtc';

/** What the relay has to be towards one side. */
export interface MediaLeg {
  readonly profile: MediaProfile;
  readonly family: 'IP4' | 'IP6';
}

/** A call whose media the platform relays: all that any edge needs to go on with it. */
export interface RelayedMedia {
  /** The id of the media node, 0 to 255. */
  readonly node: number;
  /** Which copy of the INVITE it was, 0 to 255: each fork has media of its own. */
  readonly branch: number;
  readonly originator: MediaLeg;
  readonly terminator: MediaLeg;
  /** Whether the INVITE brought no description: then the other side made the first offer. */
  readonly offerless: boolean;
}

const profiles: readonly MediaProfile[] = ['plain', 'sdes', 'webrtc'];
const bytes = 3;

/** The bytes that stand for it in a sealed call. */
export function relayedMediaBytes({ node, branch, originator, terminator, offerless }: RelayedMedia): Uint8Array {
  return Uint8Array.of(node, branch, legBits(originator) | (legBits(terminator) << 3) | (offerless ? 0x40 : 0));
}

/** Reads them; undefined where there are none: the call's media flows directly. */
export function relayedMediaFrom(sealed: Uint8Array): RelayedMedia | undefined {
  const [node, branch, modes] = sealed;
  if (sealed.length !== bytes || node === undefined || branch === undefined || modes === undefined) return undefined;
  return { node, branch, originator: legFrom(modes), terminator: legFrom(modes >> 3), offerless: (modes & 0x40) !== 0 };
}

/** The name of this media at its node: the platform's own name of the call, since several calls may share a Call-ID on their way through. */
export function mediaCallId(callKey: string, { branch }: RelayedMedia): string {
  return `${callKey}-${branch}`;
}

function legBits({ profile, family }: MediaLeg): number {
  return profiles.indexOf(profile) | (family === 'IP6' ? 4 : 0);
}

function legFrom(bits: number): MediaLeg {
  return { profile: profiles[bits & 3] ?? 'plain', family: (bits & 4) === 0 ? 'IP4' : 'IP6' };
}
