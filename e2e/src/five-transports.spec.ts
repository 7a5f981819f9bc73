import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WireTransport } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contactIn, RawPhone, routeOf } from './peers/raw-phone.js';
import { type Platform, startPlatform } from './platform.js';

const domain = 'demo.ringdown.test';
const transports: readonly WireTransport[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'];
const hosts = ['127.0.0.1', '[::1]'] as const;
type Host = (typeof hosts)[number];

let platform: Platform;
let ca: string;
const phones: RawPhone[] = [];

beforeAll(async () => {
  const listeners = hosts.flatMap((host) => transports.map((transport) => `${transport.toLowerCase()}://${host}:0`));
  platform = await startPlatform({ RINGDOWN_SIP_LISTENERS: listeners.join(',') });
  ca = readFileSync(join(platform.dataDir, 'sip-certificate.crt'), 'utf8');
});
afterEach(() => {
  for (const phone of phones.splice(0)) phone.close();
});
afterAll(() => platform.stop());

/** What the banner says: UDP and TCP share a line, and WebSockets are URLs. */
function listening(transport: WireTransport, host: Host): string {
  const label = transport === 'UDP' || transport === 'TCP' ? 'SIP' : transport;
  const lines = platform.child.output().matchAll(new RegExp(`^ {2}${label}\\s+(?:wss?://)?(\\S+)`, 'gm'));
  const address = [...lines].map(([, found = '']) => found).find((found) => found.startsWith(`${host}:`));
  if (address === undefined) throw new Error(`the banner has no ${transport} at ${host}`);
  return address;
}

async function registered(user: string, transport: WireTransport, host: Host): Promise<RawPhone> {
  const phone = await RawPhone.open(listening(transport, host), transport, ca);
  phones.push(phone);
  expect(await phone.unregister(user, `${user}-demo`)).toMatch(/^SIP\/2\.0 200 /);
  expect(await phone.register(user, `${user}-demo`)).toMatch(/^SIP\/2\.0 200 /);
  return phone;
}

describe('a platform on five transports', () => {
  it.each([
    ...transports.map((from, at) => ({
      from,
      fromHost: hosts[0],
      to: transports[(at + 2) % 5] ?? from,
      toHost: hosts[0],
    })),
    ...transports.map((from, at) => ({
      from,
      fromHost: hosts[1],
      to: transports[(at + 1) % 5] ?? from,
      toHost: hosts[0],
    })),
    ...transports.map((to) => ({ from: to, fromHost: hosts[0], to, toHost: hosts[1] })),
  ])(
    'registers $from at $fromHost and $to at $toHost, which call each other',
    async ({ from, fromHost, to, toHost }) => {
      const alice = await registered('alice', from, fromHost);
      const bob = await registered('bob', to, toHost);
      const callId = randomBytes(9).toString('hex');
      const caller = {
        from: `sip:alice@${domain}`,
        credentials: { username: 'alice', password: 'alice-demo' },
        callId,
      };
      const calling = alice.request('INVITE', `sip:bob@${domain}`, caller);
      const invite = await bob.message(/^INVITE /);
      expect(invite.split(' ')[1]).toBe(`sip:bob@${bob.contact}`);
      expect(invite).toMatch(new RegExp(`^Via: SIP/2\\.0/${to} `, 'm'));
      bob.respond(invite, '180 Ringing');
      await alice.message(/^SIP\/2\.0 180 /);
      bob.respond(invite, '200 OK');
      const answer = await calling;
      expect(answer).toMatch(/^SIP\/2\.0 200 /);
      await bob.message(/^ACK /);
      const ending = alice.request('BYE', contactIn(answer), {
        ...caller,
        to: `sip:bob@${domain}`,
        toTag: 'raw',
        headers: routeOf(answer),
      });
      bob.respond(await bob.message(/^BYE /), '200 OK');
      expect(await ending).toMatch(/^SIP\/2\.0 200 /);
    },
  );

  it('counts connections by transport', async () => {
    const open = async (): Promise<Record<string, string>> => {
      const text = await (await fetch(`${platform.http}/metrics`)).text();
      const counted = text.matchAll(
        /^ringdown_edge_connections_total\{transport="(\w+)",event="accepted"[^}]*\} (\d+)$/gm,
      );
      return Object.fromEntries([...counted].map(([, transport = '', count = '']) => [transport, count]));
    };
    await Promise.all(transports.slice(1).map((transport) => registered('carol', transport, '127.0.0.1')));
    for (const count of Object.values(await open())) expect(Number(count)).toBeGreaterThan(0);
    expect(Object.keys(await open()).sort()).toEqual(['tcp', 'tls', 'ws', 'wss']);
  });
});
