import { events, securityEvents } from '@ringdown/contracts';
import { InProcessBus, silentLogger } from '@ringdown/platform';
import { parseMessage } from '@ringdown/sip-message';
import type { Ingress } from '@ringdown/sip-runtime';
import { expect, it } from 'vitest';
import { BusSecurityEvents } from './security-events.js';

const parsed = parseMessage(
  [
    'REGISTER sip:example.com SIP/2.0',
    'Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:alice@example.com>;tag=1',
    'To: <sip:alice@example.com>',
    'Call-ID: k1',
    'CSeq: 1 REGISTER',
    'User-Agent: friendly-scanner',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
);

if (parsed.kind !== 'request') throw new Error('no request');
const request = parsed;

function ingressFrom(host: string): Ingress {
  return { flow: { transport: 'UDP', remote: { host, port: 5060 } } } as unknown as Ingress;
}

const last = 'last.test';

function domainOf(event: events.SecurityEvent | undefined): string | undefined {
  return event?.event?.$case === 'unknownDomain' ? event.event.value.domain : undefined;
}

async function published(told: (security: BusSecurityEvents, at: (ms: number) => void) => void) {
  const bus = new InProcessBus({ logger: silentLogger() });
  const seen: events.SecurityEvent[] = [];
  bus.subscribe(securityEvents.pattern(), ({ data }) => {
    const event = securityEvents.decode(data);
    if (event !== undefined) seen.push(event);
  });
  let now = 1_000;
  const security = new BusSecurityEvents({ bus, edgeId: 'edge-1', wallClock: () => now });
  told(security, (ms) => {
    now = ms;
  });
  // Events of one publisher come in order.
  security.unknownDomain(request, ingressFrom('203.0.113.1'), last);
  await expect.poll(() => domainOf(seen.at(-1))).toBe(last);
  return seen.slice(0, -1);
}

it('tells who tried what, from where', async () => {
  const seen = await published((security) => {
    security.refused(request, ingressFrom('198.51.100.7'), 'acme', 'alice', 'credentials');
    security.refused(request, ingressFrom('198.51.100.7'), 'acme', 'bob', 'identity');
    security.unknownDomain(request, ingressFrom('198.51.100.7'), 'nowhere.test');
  });
  const facts = { edgeId: 'edge-1', atMs: 1_000, sourceHost: '198.51.100.7', userAgent: 'friendly-scanner' };
  expect(seen).toMatchObject([
    {
      ...facts,
      tenantId: 'acme',
      event: {
        $case: 'authenticationFailed',
        value: { username: 'alice', failure: events.AuthenticationFailure.WRONG_PASSWORD },
      },
    },
    {
      ...facts,
      tenantId: 'acme',
      event: { $case: 'identityRefused', value: { username: 'bob', claimedUri: 'sip:alice@example.com' } },
    },
    { ...facts, tenantId: '', event: { $case: 'unknownDomain', value: { domain: 'nowhere.test' } } },
  ]);
});

it('a source gets ten events in ten seconds, of whatever kind', async () => {
  const seen = await published((security, at) => {
    for (let i = 0; i < 300; i++) {
      security.refused(request, ingressFrom('198.51.100.7'), 'acme', `a${i}`, 'credentials');
      security.unknownDomain(request, ingressFrom('198.51.100.7'), 'nowhere.test');
    }
    security.refused(request, ingressFrom('198.51.100.8'), 'acme', 'other', 'credentials');
    at(11_000);
    security.refused(request, ingressFrom('198.51.100.7'), 'acme', 'later', 'credentials');
  });
  expect(seen.map(({ atMs, sourceHost }) => `${atMs} ${sourceHost}`)).toEqual([
    ...Array.from({ length: 10 }, () => '1000 198.51.100.7'),
    '1000 198.51.100.8',
    '11000 198.51.100.7',
  ]);
});
