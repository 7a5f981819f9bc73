import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSelfSignedCertificate } from '@ringdown/platform';
import { Header } from '@ringdown/sip-message';
import type { WireTransport } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register, registrarOf, twoTenants } from './testing/acme.js';
import { contactOf, established } from './testing/calls.js';
import { listenersOf } from './testing/listeners-of.js';
import type { Peer } from './testing/peer.js';
import { outcome, sendAs, within, withinAsCallee, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';

const transports: readonly WireTransport[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'];
const names: readonly [string, ...string[]] = ['edge.test', '127.0.0.1', '::1'];

let folder: string;
let ca: string;
let edge: RunningEdge;
const owning = twoTenants();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringdown-transports-'));
  const { certPem, keyPem } = await makeSelfSignedCertificate({ names, days: 1 });
  ca = certPem;
  const pair = { kind: 'pair', certificatePath: join(folder, 'a.crt'), keyPath: join(folder, 'a.key') } as const;
  writeFileSync(pair.certificatePath, certPem);
  writeFileSync(pair.keyPath, keyPem);
  const hosts = ['127.0.0.1', '[::1]'];
  edge = await RunningEdge.open({
    owning,
    services: { registrar: registrarOf(owning) },
    certificates: [pair],
    listeners: listenersOf(
      hosts.flatMap((host) => transports.map((transport) => `${transport.toLowerCase()}://${host}:0`)).join(','),
    ),
  });
});
afterAll(async () => {
  await edge.close();
  rmSync(folder, { recursive: true });
});

/** Where a phone sees the edge, as a Record-Route URI says it. */
function seen(transport: WireTransport, family: 4 | 6): string {
  const { bound } = edge.runtime.listeners.all.find(
    (each) => each.transport === transport && each.family === family,
  ) as { bound: { port: number } };
  const parameter = {
    UDP: '',
    TCP: ';transport=tcp',
    TLS: ';transport=tls',
    WS: ';transport=ws',
    WSS: ';transport=ws',
  };
  return `${family === 6 ? '[::1]' : '127.0.0.1'}:${bound.port}${parameter[transport]};lr`;
}

/** Alice and bob over these wires, each registered over the own one. */
async function phones(
  from: readonly [WireTransport, 4 | 6],
  to: readonly [WireTransport, 4 | 6],
): Promise<{ alice: Peer; bob: Peer }> {
  owning.bindings.clear();
  const [alice, bob] = await Promise.all([edge.phone(...from, ca), edge.phone(...to, ca)]);
  await register(alice, 'alice');
  await register(bob, 'bob');
  return { alice, bob };
}

const families = [4, 6] as const;
const pairs = families.flatMap((callerFamily) =>
  families.flatMap((calleeFamily) =>
    transports.flatMap((caller) =>
      transports
        // Between families each transport once, with itself and with the next one: the choice of sides is by listener.
        .filter((callee, at) =>
          callerFamily === 4 && calleeFamily === 4
            ? true
            : callee === caller || transports[(at + 1) % transports.length] === caller,
        )
        .map((callee) => ({ caller, callerFamily, callee, calleeFamily })),
    ),
  ),
);

describe('a call', () => {
  it.each(pairs)(
    'from $caller over IPv$callerFamily to $callee over IPv$calleeFamily, with requests both ways',
    async ({ caller, callerFamily, callee, calleeFamily }) => {
      const { alice, bob } = await phones([caller, callerFamily], [callee, calleeFamily]);
      const { sent, arrived, answer, toTag } = await established(alice, bob);
      const { topmostVia } = arrived;
      expect(topmostVia.transport).toBe(callee);
      expect(`${topmostVia.host}:${topmostVia.port}`).toBe(seen(callee, calleeFamily).split(';')[0]);
      // RFC 5658: one value where both sides see one address, else two, the callee's on top.
      const routes = arrived.list(Header.RecordRoute).map((value) => value.replace(/sip:[^@]*@/, 'sip:'));
      const callees = `<sip:${seen(callee, calleeFamily)}>`;
      const callers = `<sip:${seen(caller, callerFamily)};sibling>`;
      const isOneSide = caller === callee && callerFamily === calleeFamily;
      expect(routes).toEqual(isOneSide ? [callees] : [callees, callers]);

      alice.send(within(alice, sent, answer, 'INFO', { cseq: 60 }));
      bob.reply(await bob.request('INFO'), 200);
      await alice.response(200, 'INFO');
      const bye = withinAsCallee(bob, arrived, toTag, 'BYE', { cseq: 1 });
      bob.send(bye);
      alice.reply(await alice.request('BYE'), 200);
      expect((await bob.final(bye)).statusCode).toBe(200);
    },
  );
});

describe('a request by sips (RFC 5630)', () => {
  const sips = 'sips:bob@example.com';

  it('reaches a phone that has registered sips over TLS, and keeps to sips in Record-Route', async () => {
    owning.bindings.clear();
    const [alice, bob] = await Promise.all([edge.phone('WSS', 4, ca), edge.phone('TLS', 6, ca)]);
    const contact = bob.contact('bob').replace('sip:', 'sips:').replace(';transport=tls', '');
    await register(bob, 'bob', undefined, contact);
    const sent = await sendAs(alice, 'alice', write(alice, { uri: sips, to: '<sip:bob@example.com>' }));
    const arrived = await bob.request('INVITE');
    expect(arrived.requestUri).toBe(contact);
    const routes = arrived.list(Header.RecordRoute).map((value) => value.replace(/sips:[^@]*@/, 'sips:'));
    expect(routes).toEqual([
      `<sips:${seen('TLS', 6).replace(';transport=tls', '')}>`,
      `<sips:${seen('WSS', 4)};sibling>`,
    ]);
    bob.reply(arrived, 200, contactOf(bob));
    expect((await alice.final(sent)).statusCode).toBe(200);
  });

  it.each(['UDP', 'TCP', 'TLS', 'WS', 'WSS'] as const)(
    'is not forwarded to a phone that has registered sip over %s: 480 with the warning',
    async (transport) => {
      const { alice, bob } = await phones(['TLS', 4], [transport, 4]);
      const sent = await sendAs(alice, 'alice', write(alice, { uri: sips, to: '<sip:bob@example.com>' }));
      const answer = await outcome(alice, sent);
      expect(answer.statusCode).toBe(480);
      expect(answer.value(Header.Warning)).toMatch(/^380 \S+ "SIPS Not Allowed"$/);
      await bob.settled();
      expect(bob.left).toEqual([]);
    },
  );
});
