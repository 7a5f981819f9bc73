import { parseUri, type SipUri } from '@ringdown/sip-message';
import type { DnsAnswer, DnsQuestion } from '@ringdown/sip-proxy';
import { describe, expect, it } from 'vitest';
import type { DnsClient } from './dns-client.js';
import { Resolver, type ResolverOptions } from './resolver.js';
import { ManualClock } from './testing/manual-clock.js';

function uri(text: string): SipUri {
  const parsed = parseUri(text);
  if (parsed.kind !== 'sip') throw new Error(`${text} is no SIP URI`);
  return parsed;
}

/** A DNS with the given records, by `TYPE name`, which counts what it is asked. */
class ZoneDns implements DnsClient {
  readonly asked: string[] = [];
  readonly zone: Readonly<Record<string, DnsAnswer>>;

  constructor(zone: Readonly<Record<string, DnsAnswer>>) {
    this.zone = zone;
  }

  ask({ type, name }: DnsQuestion): ReturnType<DnsClient['ask']> {
    this.asked.push(`${type} ${name}`);
    const nothing: DnsAnswer = type === 'A' || type === 'AAAA' ? { type, addresses: [] } : { type, records: [] };
    return Promise.resolve({ answer: this.zone[`${type} ${name}`] ?? nothing, ttlSec: undefined });
  }
}

const zone: Readonly<Record<string, DnsAnswer>> = {
  'NAPTR example.com': {
    type: 'NAPTR',
    records: [
      { order: 10, preference: 20, flags: 's', service: 'SIP+D2U', regexp: '', replacement: '_sip._udp.example.com' },
      { order: 10, preference: 10, flags: 's', service: 'SIP+D2T', regexp: '', replacement: '_sip._tcp.example.com' },
    ],
  },
  'SRV _sip._tcp.example.com': {
    type: 'SRV',
    records: [
      { priority: 20, weight: 0, port: 5060, target: 'backup.example.com' },
      { priority: 10, weight: 0, port: 5070, target: 'main.example.com' },
    ],
  },
  'SRV _sip._udp.example.com': {
    type: 'SRV',
    records: [{ priority: 10, weight: 0, port: 5080, target: 'main.example.com' }],
  },
  'A main.example.com': { type: 'A', addresses: ['192.0.2.1'] },
  'AAAA main.example.com': { type: 'AAAA', addresses: ['2001:db8::1'] },
  'A backup.example.com': { type: 'A', addresses: ['192.0.2.2'] },
  'A silent.example.com': { type: 'unavailable' },
  'AAAA silent.example.com': { type: 'unavailable' },
};

function resolver(dns: DnsClient, options: Partial<ResolverOptions> = {}): Resolver {
  return new Resolver({ transports: ['UDP', 'TCP'], random: () => 0, dns, ...options });
}

describe('Resolver (RFC 3263)', () => {
  it.each([
    ['sip:192.0.2.9', { transport: 'UDP', host: '192.0.2.9', port: 5060 }],
    ['sip:192.0.2.9:5070;transport=tcp', { transport: 'TCP', host: '192.0.2.9', port: 5070 }],
    ['sip:[2001:db8::9]', { transport: 'UDP', host: '2001:db8::9', port: 5060 }],
  ])('knows %s at once, without asking', (text, target) => {
    const dns = new ZoneDns({});
    expect(resolver(dns).resolveNow(uri(text))).toMatchObject({ kind: 'targets', targets: [target] });
    expect(dns.asked).toEqual([]);
  });

  it('follows NAPTR, SRV and addresses, in order of preference, priority and family', async () => {
    const dns = new ZoneDns(zone);
    const resolution = await resolver(dns).resolve(uri('sip:bob@example.com'));
    if (resolution.kind !== 'targets') throw new Error(resolution.reason);
    expect(resolution.targets.map(({ transport, host, port }) => `${transport} ${host} ${port}`)).toEqual([
      'TCP 192.0.2.1 5070',
      'TCP 2001:db8::1 5070',
      'TCP 192.0.2.2 5060',
      'UDP 192.0.2.1 5080',
      'UDP 2001:db8::1 5080',
    ]);
  });

  it('asks nothing twice, then knows the answer at once, until its time is over', async () => {
    const clock = new ManualClock();
    const dns = new ZoneDns(zone);
    const subject = resolver(dns, { clock });
    expect(subject.resolveNow(uri('sip:example.com'))).toBeUndefined();
    const [first, second] = await Promise.all([
      subject.resolve(uri('sip:example.com')),
      subject.resolve(uri('sip:EXAMPLE.com')),
    ]);
    expect(new Set(dns.asked).size).toBe(dns.asked.length);
    expect(subject.resolveNow(uri('sip:example.com'))).toEqual(first);
    expect(second.kind).toBe('targets');
    clock.advance(60_000);
    expect(subject.resolveNow(uri('sip:example.com'))).toBeUndefined();
  });

  it.each([
    ['sip:nobody.example.com', 'no-address'],
    ['sip:silent.example.com:5060', 'dns-unavailable'],
    ['sip:192.0.2.1;transport=sctp', 'transport-not-supported'],
    ['sips:192.0.2.1', 'transport-not-supported'],
  ])('says of %s: %s', async (text, code) => {
    expect(await resolver(new ZoneDns(zone)).resolve(uri(text))).toMatchObject({ kind: 'failure', code });
  });

  it('remembers for a while what there is not', async () => {
    const dns = new ZoneDns({});
    const subject = resolver(dns);
    await subject.resolve(uri('sip:nobody.example.com:5060'));
    const { length } = dns.asked;
    expect(subject.resolveNow(uri('sip:nobody.example.com:5060'))).toMatchObject({ code: 'no-address' });
    expect(dns.asked).toHaveLength(length);
  });

  it('waits no longer than its time for a DNS that is silent', async () => {
    const silence: DnsClient = { ask: () => new Promise(() => {}) };
    const resolution = await resolver(silence, { timeoutMs: 5 }).resolve(uri('sip:example.com'));
    expect(resolution).toMatchObject({ kind: 'failure', code: 'dns-unavailable' });
  });

  it('takes a client that rejects for one without an answer', async () => {
    const broken: DnsClient = { ask: () => Promise.reject(new Error('no')) };
    expect(await resolver(broken).resolve(uri('sip:example.com:5060'))).toMatchObject({ code: 'dns-unavailable' });
  });
});
