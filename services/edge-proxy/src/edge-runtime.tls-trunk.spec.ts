import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSelfSignedCertificate } from '@ringdown/platform';
import { buildResponse, parseMessage, type SipRequest } from '@ringdown/sip-message';
import { type Flow, ServerCertificates, TlsPort, type TransportEvents } from '@ringdown/sip-transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { twoTenants } from './testing/acme.js';
import { eventually } from './testing/eventually.js';
import { listenersOf } from './testing/listeners-of.js';
import { outcome, sendAs, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { byDomain, routeOf, toNextHop } from './testing/tables.js';

const edgeNames: readonly [string] = ['127.0.0.1'];
const closing: (() => unknown)[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringdown-trunk-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function certificate(name: string, names: readonly [string, ...string[]]) {
  const { certPem, keyPem } = await makeSelfSignedCertificate({ names, days: 1 });
  const pair = {
    kind: 'pair',
    certificatePath: join(folder, `${name}.crt`),
    keyPath: join(folder, `${name}.key`),
  } as const;
  writeFileSync(pair.certificatePath, certPem);
  writeFileSync(pair.keyPath, keyPem);
  return { certPem, keyPem, pair };
}

/** A trunk that answers every request with 200, and an edge that trusts it and asks for its certificate. */
async function open(trunkName: string) {
  const [edgeCertificate, trunkCertificate] = [
    await certificate('edge', edgeNames),
    await certificate('trunk', [trunkName]),
  ];
  const taken: { readonly request: SipRequest; readonly flow: Flow }[] = [];
  const answers: string[] = [];
  const events: TransportEvents = {
    message(raw, flow) {
      const message = parseMessage(raw);
      if (message.kind === 'response') answers.push(`${message.statusCode}`);
      if (message.kind !== 'request') return;
      taken.push({ request: message, flow });
      flow.send(buildResponse(message, 200, { toTag: 'trunk' }));
    },
    malformed() {},
    flowClosed() {},
    sendFailed() {},
  };
  const trunk = await TlsPort.open({
    host: '127.0.0.1',
    port: 0,
    events,
    certificates: ServerCertificates.of([trunkCertificate]),
    ca: [edgeCertificate.certPem],
  });
  closing.push(() => trunk.close());
  const owning = twoTenants();
  const edge = await RunningEdge.open({
    owning,
    certificates: [edgeCertificate.pair],
    caPath: trunkCertificate.pair.certificatePath,
    listeners: listenersOf(`udp://127.0.0.1:0,tls://127.0.0.1:0?client-ca=${trunkCertificate.pair.certificatePath}`),
  });
  closing.push(() => edge.close());
  return { edge, owning, trunk, taken, answers };
}

describe('a trunk over TLS', () => {
  it.each([
    ['sip:127.0.0.1:PORT;transport=tls', '127.0.0.1', 200],
    ['sips:127.0.0.1:PORT', '127.0.0.1', 200],
    ['sips:127.0.0.1:PORT', 'other.test', 500],
  ])('that a route names as %s, with a certificate for %s: %i', async (nextHop, trunkName, statusCode) => {
    const { edge, owning, trunk, taken } = await open(trunkName);
    const uri = nextHop.replace('PORT', String(trunk.address.port));
    owning.routes.set('acme', [routeOf(byDomain('peer.test'), toNextHop(uri))]);
    const alice = await edge.peer();
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: 'sip:x@peer.test' }));
    expect((await outcome(alice, sent)).statusCode).toBe(statusCode);
    expect(taken.map(({ request }) => `${request.method} ${request.topmostVia.transport}`)).toEqual(
      statusCode === 200 ? ['MESSAGE TLS'] : [],
    );
  });

  it('is reached over the connection that it opened, where it has asked for that (RFC 5923)', async () => {
    const { edge, owning, trunk, taken, answers } = await open('127.0.0.1');
    owning.routes.set('acme', [routeOf(byDomain('peer.test'), toNextHop(`sips:127.0.0.1:${trunk.address.port}`))]);
    const [alice, bob] = [await edge.peer(), await edge.peer()];
    owning.bind('acme', 'sip:bob@example.com', []);
    const listener = edge.runtime.listeners.streams[0];
    const flow = trunk.flowTo(listener?.bound ?? { host: '', port: 0 });
    const via = `SIP/2.0/TLS 127.0.0.1:${trunk.address.port};branch=z9hG4bKalias;alias`;
    flow.send(write(bob, { method: 'OPTIONS', uri: 'sip:bob@example.com', from: '<sip:x@peer.test>;tag=1', via }));
    await eventually('an answer', () => answers.length > 0);
    // Nobody is at home; a stranger would get 403.
    expect(answers).toEqual(['480']);
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: 'sip:x@peer.test' }));
    expect((await outcome(alice, sent)).statusCode).toBe(200);
    expect(taken.map((each) => each.flow)).toEqual([flow]);
    expect(trunk.counters.accepted).toBe(0);
  });
});
