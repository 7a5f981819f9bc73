import { directory } from '@ringdown/contracts';
import { describe, expect, it } from 'vitest';
import { policies, tenantOf } from '../testing/tables.js';
import { decideMedia, type MediaDecision, type MediaSide, mediaPolicy, translatedSource } from './media-decision.js';
import { mixerSide } from './media-sides.js';
import type { OfferFacts } from './offer-facts.js';

const { ALWAYS, NEVER, UNSPECIFIED, WHEN_NEEDED } = directory.MediaRelay;

const side = (transport: string | undefined, host?: string, contactHost = host): MediaSide => ({
  transport,
  host,
  contactHost,
});
const offer = (profile: OfferFacts['profile'], ...addresses: string[]): OfferFacts => ({
  profile,
  family: addresses[0]?.includes(':') === true ? 'IP6' : 'IP4',
  addresses,
});

const anna = '203.0.113.7';
const ben = '198.51.100.9';
const annaV6 = '2001:db8::7';
const benV6 = '2001:db8::9';

function inShort(decision: MediaDecision): string {
  if (decision.kind === 'direct') return 'direct';
  const { reason, originator, terminator } = decision;
  return `${reason}: ${[originator, terminator].map(({ profile, family }) => `${profile} ${family}`).join(' to ')}`;
}

describe('when it is needed, media', () => {
  it.each<{ name: string; sender: MediaSide; target: MediaSide; offer?: OfferFacts; expected: string }>([
    {
      name: 'of two phones',
      sender: side('UDP', anna),
      target: side('TCP', ben),
      offer: offer('plain', anna),
      expected: 'direct',
    },
    {
      name: 'of two phones, without an offer',
      sender: side('UDP', anna),
      target: side('TLS', ben),
      expected: 'direct',
    },
    {
      name: 'of a caller whose media is at another public host',
      sender: side('UDP', anna),
      target: side('UDP', ben),
      offer: offer('plain', '192.0.2.1'),
      expected: 'direct',
    },
    {
      name: 'of two phones in one private network',
      sender: side('UDP', '10.0.0.1'),
      target: side('UDP', '10.0.9.2'),
      offer: offer('plain', '10.0.0.1'),
      expected: 'direct',
    },
    {
      name: 'of two phones on this machine',
      sender: side('UDP', '127.0.0.1'),
      target: side('UDP', '127.0.0.1'),
      offer: offer('plain', '127.0.0.1'),
      expected: 'direct',
    },
    {
      name: 'of two phones with IPv6',
      sender: side('UDP', annaV6, `[${annaV6}]`),
      target: side('UDP', benV6),
      offer: offer('plain', annaV6),
      expected: 'direct',
    },
    {
      name: 'on hold',
      sender: side('UDP', anna),
      target: side('UDP', ben),
      offer: offer('plain', '0.0.0.0'),
      expected: 'direct',
    },
    {
      name: 'of a service and a phone',
      sender: side(undefined),
      target: side('UDP', ben),
      offer: offer('plain', '10.0.0.1'),
      expected: 'direct',
    },
    {
      name: 'of a browser to a phone',
      sender: side('WSS', anna, 'x.invalid'),
      target: side('UDP', ben),
      offer: offer('webrtc', '0.0.0.0'),
      expected: 'browser: webrtc IP4 to plain IP4',
    },
    {
      name: 'of a phone to a browser',
      sender: side('UDP', anna),
      target: side('WS', ben, 'x.invalid'),
      offer: offer('plain', anna),
      expected: 'browser: plain IP4 to webrtc IP4',
    },
    {
      name: 'of a phone to a browser, without an offer',
      sender: side('UDP', anna),
      target: side('WSS', ben),
      expected: 'browser: plain IP4 to webrtc IP4',
    },
    {
      name: 'of a browser to a phone, without an offer',
      sender: side('WSS', anna),
      target: side('TLS', ben),
      expected: 'browser: webrtc IP4 to plain IP4',
    },
    {
      name: 'of a service to a browser',
      sender: side(undefined),
      target: side('WSS', ben),
      offer: offer('plain', '10.0.0.1'),
      expected: 'browser: plain IP4 to webrtc IP4',
    },
    {
      name: 'of browsers, one of which shows where it is',
      sender: side('WSS', anna),
      target: side('WSS', ben),
      offer: offer('webrtc', '0.0.0.0', anna),
      expected: 'direct',
    },
    {
      name: 'of browsers that hide where they are',
      sender: side('WSS', anna),
      target: side('WSS', ben),
      offer: offer('webrtc', '0.0.0.0', 'a1b2.local'),
      expected: 'nat: webrtc IP4 to webrtc IP4',
    },
    {
      name: 'with keys to a phone over UDP',
      sender: side('TLS', anna),
      target: side('UDP', ben),
      offer: offer('sdes', anna),
      expected: 'encryption: sdes IP4 to plain IP4',
    },
    {
      name: 'with keys to a phone over TLS',
      sender: side('TLS', anna),
      target: side('TLS', ben),
      offer: offer('sdes', anna),
      expected: 'direct',
    },
    {
      name: 'from IPv4 to IPv6',
      sender: side('UDP', anna),
      target: side('UDP', benV6),
      offer: offer('plain', anna),
      expected: 'family: plain IP4 to plain IP6',
    },
    {
      name: 'from IPv6 to IPv4',
      sender: side('UDP', annaV6),
      target: side('UDP', ben),
      offer: offer('plain', annaV6),
      expected: 'family: plain IP6 to plain IP4',
    },
    {
      name: 'of a caller behind a translator, by its description',
      sender: side('UDP', anna, 'anna.test'),
      target: side('UDP', ben),
      offer: offer('plain', '192.168.1.2'),
      expected: 'nat: plain IP4 to plain IP4',
    },
    {
      name: 'of a caller behind a translator, by its contact',
      sender: side('UDP', anna, '192.168.1.2'),
      target: side('UDP', ben),
      expected: 'nat: plain IP4 to plain IP4',
    },
    {
      name: 'of a callee behind a translator',
      sender: side('UDP', anna),
      target: side('UDP', ben, '10.1.1.1'),
      offer: offer('plain', anna),
      expected: 'nat: plain IP4 to plain IP4',
    },
    {
      name: "of a callee behind a carrier's translator",
      sender: side('UDP', anna),
      target: side('UDP', ben, '100.64.3.1'),
      offer: offer('plain', anna),
      expected: 'nat: plain IP4 to plain IP4',
    },
    {
      name: 'between a private and a public network',
      sender: side('UDP', '10.0.0.1'),
      target: side('UDP', ben),
      offer: offer('plain', '10.0.0.1'),
      expected: 'network: plain IP4 to plain IP4',
    },
    {
      name: 'between this machine and others',
      sender: side('UDP', '127.0.0.1'),
      target: side('UDP', '10.0.0.1'),
      offer: offer('plain', '127.0.0.1'),
      expected: 'network: plain IP4 to plain IP4',
    },
  ])('$name: $expected', ({ sender, target, offer: facts, expected }) => {
    expect(inShort(decideMedia(WHEN_NEEDED, sender, target, facts))).toBe(expected);
  });

  it('is never relayed, or always, where the policy says so', () => {
    const browser = [side('WSS', anna), side('UDP', ben), offer('webrtc', anna)] as const;
    const phones = [side('UDP', anna), side('UDP', ben), offer('plain', anna)] as const;
    expect(decideMedia(NEVER, ...browser)).toEqual({ kind: 'direct' });
    expect(decideMedia(ALWAYS, ...phones)).toMatchObject({ kind: 'relay', reason: 'policy' });
  });
});

it.each([
  { wanted: [UNSPECIFIED, UNSPECIFIED], expected: WHEN_NEEDED },
  { wanted: [WHEN_NEEDED, NEVER], expected: NEVER },
  { wanted: [NEVER, ALWAYS], expected: ALWAYS },
  { wanted: [ALWAYS, WHEN_NEEDED], expected: ALWAYS },
])('between tenants that want $wanted, $expected holds', ({ wanted, expected }) => {
  const [one, other] = wanted.map((mediaRelay) => tenantOf('t', 't.test', { policies: policies({ mediaRelay }) }));
  expect([mediaPolicy(one, other), mediaPolicy(other, one)]).toEqual([expected, expected]);
  expect(mediaPolicy(one, undefined)).toBe(wanted[0] === UNSPECIFIED ? WHEN_NEEDED : wanted[0]);
});

it.each([
  { name: 'behind a translator', host: anna, facts: offer('plain', '10.0.0.1'), expected: anna },
  { name: 'where it says', host: anna, facts: offer('plain', anna), expected: undefined },
  { name: 'elsewhere in public', host: anna, facts: offer('plain', ben), expected: undefined },
  { name: 'a browser, which ICE finds', host: anna, facts: offer('webrtc', '10.0.0.1'), expected: undefined },
  { name: 'a service', host: undefined, facts: offer('plain', '10.0.0.1'), expected: undefined },
])('the source of media that is sent from $name is $expected', ({ host, facts, expected }) => {
  expect(translatedSource(host, facts)).toBe(expected);
});

describe('when it is needed, media of a conference', () => {
  const mixer =
    (...hosts: string[]) =>
    (offered?: OfferFacts) =>
      mixerSide(hosts, offered?.family);
  const focus = mixer('192.0.2.50');
  const inside = mixer('10.0.0.50');
  it.each<{ name: string; sender: MediaSide; offer?: OfferFacts; target?: typeof focus; expected: string }>([
    { name: 'and a phone', sender: side('UDP', anna), offer: offer('plain', anna), expected: 'direct' },
    { name: 'and a phone that offers nothing', sender: side('UDP', anna), expected: 'direct' },
    { name: 'and a phone with keys', sender: side('TLS', anna), offer: offer('sdes', anna), expected: 'direct' },
    {
      name: 'and a phone behind a translator',
      sender: side('UDP', anna, '10.1.1.1'),
      offer: offer('plain', '10.1.1.1'),
      expected: 'direct',
    },
    {
      name: 'and a browser',
      sender: side('WSS', anna, 'x.invalid'),
      offer: offer('webrtc', '0.0.0.0'),
      expected: 'browser: webrtc IP4 to plain IP4',
    },
    {
      name: 'and a browser that offers nothing',
      sender: side('WSS', anna, 'x.invalid'),
      expected: 'browser: webrtc IP4 to plain IP4',
    },
    {
      name: 'that has no IPv6, and a phone with nothing else',
      sender: side('UDP', annaV6),
      offer: offer('plain', annaV6),
      expected: 'family: plain IP6 to plain IP4',
    },
    {
      name: 'that has both families, and a phone with IPv6',
      sender: side('UDP', annaV6),
      offer: offer('plain', annaV6),
      target: mixer('192.0.2.50', '2001:db8::50'),
      expected: 'direct',
    },
    {
      name: 'in a private network, and a phone outside',
      sender: side('UDP', anna),
      offer: offer('plain', anna),
      target: inside,
      expected: 'network: plain IP4 to plain IP4',
    },
    {
      name: 'in the private network of the phone',
      sender: side('UDP', '10.0.0.7'),
      offer: offer('plain', '10.0.0.7'),
      target: inside,
      expected: 'direct',
    },
  ])('$name: $expected', ({ sender, target = focus, offer: offered, expected }) => {
    expect(inShort(decideMedia(WHEN_NEEDED, sender, target(offered), offered))).toBe(expected);
  });

  it.each<{ name: string; target: MediaSide; offer: OfferFacts; expected: string }>([
    { name: 'that calls a phone', target: side('UDP', anna), offer: offer('plain', '192.0.2.50'), expected: 'direct' },
    {
      name: 'that calls a phone behind a translator',
      target: side('UDP', anna, '10.1.1.1'),
      offer: offer('plain', '192.0.2.50'),
      expected: 'direct',
    },
    {
      name: 'that calls a browser',
      target: side('WS', anna, 'x.invalid'),
      offer: offer('plain', '192.0.2.50'),
      expected: 'browser: plain IP4 to webrtc IP4',
    },
    {
      name: 'in a private network that calls a phone outside',
      target: side('UDP', anna),
      offer: offer('plain', '10.0.0.50'),
      expected: 'network: plain IP4 to plain IP4',
    },
  ])('$name: $expected', ({ target, offer: offered, expected }) => {
    expect(inShort(decideMedia(WHEN_NEEDED, mixerSide(offered.addresses, offered.family), target, offered))).toBe(
      expected,
    );
  });
});
