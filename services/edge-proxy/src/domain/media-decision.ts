import { directory } from '@ringdown/contracts';
import { familyOf, ipAddress, reachOf } from './network-address.js';
import type { OfferFacts } from './offer-facts.js';
import type { MediaLeg, MediaProfile } from './relayed-media.js';

/** A side of a call as its signalling shows it. */
export interface MediaSide {
  /** UDP, TCP, TLS, WS or WSS; undefined for a service of the platform. */
  readonly transport: string | undefined;
  /** Where its messages come from, or go to, as this platform sees it. */
  readonly host: string | undefined;
  /** The host of its contact; undefined where it is not the device itself that sends. */
  readonly contactHost: string | undefined;
  /** A mixer of the platform's: it takes RTP and SDES, answers to where media comes from, and `host` is where it has its own. */
  readonly isMixer?: true;
}

/** Why media is relayed. */
export type RelayReason = 'policy' | 'browser' | 'encryption' | 'family' | 'nat' | 'network';

export type MediaDecision =
  | { readonly kind: 'direct' }
  | {
      readonly kind: 'relay';
      readonly reason: RelayReason;
      readonly originator: MediaLeg;
      readonly terminator: MediaLeg;
    };

const direct: MediaDecision = { kind: 'direct' };
const { ALWAYS, NEVER, WHEN_NEEDED } = directory.MediaRelay;

/** What holds for a call between two tenants: that it must be relayed wins over that it must not, both over when it is needed. */
export function mediaPolicy(
  originating: directory.Tenant | undefined,
  terminating: directory.Tenant | undefined,
): directory.MediaRelay {
  const [one, other] = [originating?.policies?.mediaRelay, terminating?.policies?.mediaRelay];
  if (one === ALWAYS || other === ALWAYS) return ALWAYS;
  return one === NEVER || other === NEVER ? NEVER : WHEN_NEEDED;
}

/** Whether a transport is a browser's: whoever speaks SIP over WebSocket (RFC 7118) speaks WebRTC. */
export function isBrowser(transport: string | undefined): boolean {
  return transport === 'WS' || transport === 'WSS';
}

/**
 * Decides whether the media of a copy of an INVITE goes through a relay. `offer` is what the description in it says, where there is one.
 * Without a relay two sides can't talk when they take media in different ways (browser and phone, SRTP and RTP, IPv4 and IPv6) or when one
 * can't be reached from the other's network.
 */
export function decideMedia(
  policy: directory.MediaRelay,
  sender: MediaSide,
  target: MediaSide,
  offer: OfferFacts | undefined,
): MediaDecision {
  if (policy === NEVER) return direct;
  const originator = originatorLeg(sender, offer);
  const terminator = terminatorLeg(target, originator);
  const reason = policy === ALWAYS ? 'policy' : reasonFor(sender, target, offer, originator, terminator);
  return reason === undefined ? direct : { kind: 'relay', reason, originator, terminator };
}

/** A sender's own address, where what it wrote into a description can't be reached from outside of its network; otherwise undefined. */
export function translatedSource(host: string | undefined, offer: OfferFacts | undefined): string | undefined {
  if (host === undefined || offer === undefined || offer.profile === 'webrtc') return undefined;
  const [address] = offer.addresses;
  return address !== undefined && isTranslated(address, host) ? host : undefined;
}

function originatorLeg(sender: MediaSide, offer: OfferFacts | undefined): MediaLeg {
  const profile = offer?.profile ?? (isBrowser(sender.transport) ? 'webrtc' : 'plain');
  const source = sender.host === undefined ? undefined : familyOf(sender.host);
  // A browser's connection line says nothing; a phone's says where it wants media.
  const family = profile === 'webrtc' ? (source ?? offer?.family) : (offer?.family ?? source);
  return { profile, family: family ?? 'IP4' };
}

function terminatorLeg({ transport, host, isMixer }: MediaSide, originator: MediaLeg): MediaLeg {
  const family = (host === undefined ? undefined : familyOf(host)) ?? originator.family;
  if (isMixer) return { profile: originator.profile === 'webrtc' ? 'plain' : originator.profile, family };
  return { profile: profileAt(transport, originator.profile), family };
}

/** Keys in a description are worth something over TLS alone; a phone elsewhere is asked for plain RTP, which every one knows. */
function profileAt(transport: string | undefined, offered: MediaProfile): MediaProfile {
  if (isBrowser(transport)) return 'webrtc';
  if (transport === undefined) return offered;
  return offered === 'sdes' && transport === 'TLS' ? 'sdes' : 'plain';
}

function reasonFor(
  sender: MediaSide,
  target: MediaSide,
  offer: OfferFacts | undefined,
  originator: MediaLeg,
  terminator: MediaLeg,
): RelayReason | undefined {
  if (originator.profile !== terminator.profile)
    return originator.profile === 'webrtc' || terminator.profile === 'webrtc' ? 'browser' : 'encryption';
  if (originator.family !== terminator.family) return 'family';
  if (originator.profile === 'webrtc') {
    // Browsers find a way between each other if one of them can be reached where it says; they hide it mostly (RFC 8828).
    if (!showsItself(sender, offer)) return 'nat';
  } else if (sender.isMixer || target.isMixer) {
    // A mixer sends to where a phone's packets come from, so that a translator is no obstacle.
  } else if (
    isBehindTranslator(sender) ||
    isBehindTranslator(target) ||
    translatedSource(sender.host, offer) !== undefined
  )
    return 'nat';
  const [from, to] = [sender, target].map(({ host }) => (host === undefined ? undefined : reachOf(host)));
  return from !== undefined && to !== undefined && from !== to ? 'network' : undefined;
}

function showsItself({ host }: MediaSide, offer: OfferFacts | undefined): boolean {
  const own = host === undefined ? undefined : ipAddress(host);
  return own !== undefined && (offer?.addresses.some((address) => ipAddress(address) === own) ?? false);
}

function isBehindTranslator({ host, contactHost }: MediaSide): boolean {
  return host !== undefined && contactHost !== undefined && isTranslated(contactHost, host);
}

/** Whether what a device calls its address belongs to a network of its own, behind the address that it was seen at. */
function isTranslated(claimed: string, seen: string): boolean {
  const reach = reachOf(claimed);
  if (reach === undefined || reach === 'public') return false;
  return ipAddress(claimed) !== ipAddress(seen);
}
