import { parseUri } from '@ringdown/sip-message';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeDnsClient } from './dns-client.js';
import { Resolver } from './resolver.js';
import { NameServer, wireName, type ZoneRecord } from './testing/name-server.js';

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}

function srv(priority: number, weight: number, port: number, target: string): ZoneRecord {
  const numbers = Buffer.alloc(6);
  [priority, weight, port].forEach((value, index) => numbers.writeUInt16BE(value, index * 2));
  return { type: 'SRV', ttlSec: 60, data: Buffer.concat([numbers, wireName(target)]) };
}

function naptr(order: number, preference: number, service: string, replacement: string): ZoneRecord {
  const numbers = Buffer.alloc(4);
  numbers.writeUInt16BE(order, 0);
  numbers.writeUInt16BE(preference, 2);
  const data = Buffer.concat([numbers, text('s'), text(service), text(''), wireName(replacement)]);
  return { type: 'NAPTR', ttlSec: 60, data };
}

function a(...bytes: number[]): ZoneRecord {
  return { type: 'A', ttlSec: 42, data: Buffer.from(bytes) };
}

let server: NameServer;

beforeAll(async () => {
  server = await NameServer.start(
    new Map<string, readonly ZoneRecord[] | 'silent' | 'refused'>([
      ['sip.test', [naptr(10, 10, 'SIP+D2T', '_sip._tcp.sip.test'), naptr(10, 20, 'SIP+D2U', '_sip._udp.sip.test')]],
      ['_sip._tcp.sip.test', [srv(10, 5, 5070, 'one.sip.test')]],
      ['_sip._udp.sip.test', [srv(10, 5, 5080, 'one.sip.test')]],
      ['one.sip.test', [a(192, 0, 2, 1), a(192, 0, 2, 2)]],
      ['silent.test', 'silent'],
      ['refused.test', 'refused'],
    ]),
  );
});

afterAll(() => server.stop());

describe('nodeDnsClient', () => {
  const client = (): ReturnType<typeof nodeDnsClient> =>
    nodeDnsClient({ servers: [server.address], timeoutMs: 50, tries: 1 });

  it.each([
    [
      { type: 'A', name: 'one.sip.test' },
      { type: 'A', addresses: ['192.0.2.1', '192.0.2.2'] },
    ],
    [
      { type: 'AAAA', name: 'one.sip.test' },
      { type: 'AAAA', addresses: [] },
    ],
    [
      { type: 'A', name: 'nobody.test' },
      { type: 'A', addresses: [] },
    ],
    [
      { type: 'SRV', name: '_sip._tcp.sip.test' },
      { type: 'SRV', records: [{ priority: 10, weight: 5, port: 5070, target: 'one.sip.test' }] },
    ],
    [
      { type: 'SRV', name: 'nobody.test' },
      { type: 'SRV', records: [] },
    ],
    [{ type: 'A', name: 'silent.test' }, { type: 'unavailable' }],
    [{ type: 'NAPTR', name: 'refused.test' }, { type: 'unavailable' }],
  ] as const)('asks %o', async (question, answer) => {
    expect((await client().ask(question)).answer).toEqual(answer);
  });

  it('tells how long addresses may be kept', async () => {
    expect((await client().ask({ type: 'A', name: 'one.sip.test' })).ttlSec).toBe(42);
  });

  it('serves a resolver from NAPTR to addresses', async () => {
    const resolver = new Resolver({ transports: ['UDP', 'TCP'], dns: client(), random: () => 0 });
    const uri = parseUri('sip:bob@sip.test');
    if (uri.kind !== 'sip') throw new Error('the URI must parse');
    const resolution = await resolver.resolve(uri);
    expect(resolution.kind === 'targets' && resolution.targets).toMatchObject([
      { transport: 'TCP', host: '192.0.2.1', port: 5070 },
      { transport: 'TCP', host: '192.0.2.2', port: 5070 },
      { transport: 'UDP', host: '192.0.2.1', port: 5080 },
      { transport: 'UDP', host: '192.0.2.2', port: 5080 },
    ]);
  });
});
