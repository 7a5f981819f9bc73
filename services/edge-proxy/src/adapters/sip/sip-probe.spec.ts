import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSelfSignedCertificate } from '@ringdown/platform';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listenersOf } from '../../testing/listeners-of.js';
import { RunningEdge } from '../../testing/running-edge.js';
import type { OpenListener } from './open-listener.js';
import { SipProbe } from './sip-probe.js';

let folder: string;
let pair: { readonly kind: 'pair'; readonly certificatePath: string; readonly keyPath: string };
const edges: RunningEdge[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringdown-probe-'));
  const { certPem, keyPem } = await makeSelfSignedCertificate({ names: ['edge.test'], days: 1 });
  pair = { kind: 'pair', certificatePath: join(folder, 'a.crt'), keyPath: join(folder, 'a.key') };
  writeFileSync(pair.certificatePath, certPem);
  writeFileSync(pair.keyPath, keyPem);
});
afterEach(async () => {
  await Promise.all(edges.splice(0).map((edge) => edge.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function edgeAt(listeners: string): Promise<RunningEdge> {
  const edge = await RunningEdge.open({ listeners: listenersOf(listeners), certificates: [pair] });
  edges.push(edge);
  return edge;
}

describe('an edge that answers', () => {
  const everywhere = ['127.0.0.1', '[::1]'].flatMap((host) =>
    ['udp', 'tcp', 'tls', 'ws', 'wss'].map((transport) => `${transport}://${host}:0`),
  );
  it.each([
    ['over every transport and family', everywhere.join(',')],
    ['at a wildcard', 'udp://0.0.0.0:0,tcp://0.0.0.0:0'],
    [
      'that advertises another address',
      'udp://127.0.0.1:0?advertise=203.0.113.1,tcp://127.0.0.1:0?advertise=sip.example.com',
    ],
    [
      'where balancers have the address of the probe',
      'tcp://127.0.0.1:0?proxy=127.0.0.0/8,tls://127.0.0.1:0?proxy=127.0.0.1',
    ],
  ])('passes %s', async (_what, listeners) => {
    const edge = await edgeAt(listeners);
    await expect(edge.runtime.probe.check()).resolves.toBeUndefined();
    expect(edge.runtime.stack.counters.requests).toBe(
      listeners.split(',').filter((url) => !url.startsWith('ws')).length,
    );
  });

  it('passes where a client has to show a certificate', async () => {
    const edge = await edgeAt(`tls://127.0.0.1:0?client-ca=${pair.certificatePath}&client=required`);
    await expect(edge.runtime.probe.check()).resolves.toBeUndefined();
  });

  it('passes with all the connections that it may have', async () => {
    const edge = await edgeAt('udp://127.0.0.1:0,tcp://127.0.0.1:0?connections=1');
    const peer = await edge.peer('TCP');
    await expect(edge.runtime.probe.check()).resolves.toBeUndefined();
    expect(peer).toBeDefined();
  });
});

describe('sockets that do not answer', () => {
  const silent: (Socket | Server)[] = [];
  afterEach(() => {
    for (const socket of silent.splice(0)) socket.close();
  });

  /** A listener whose socket is there, as the kernel sees it, and behind which nobody is. */
  async function deaf(transport: 'UDP' | 'TCP'): Promise<OpenListener> {
    const port = await new Promise<number>((resolve) => {
      if (transport === 'UDP') {
        const socket = createSocket('udp4');
        silent.push(socket);
        socket.bind(0, '127.0.0.1', () => resolve(socket.address().port));
      } else {
        const server = createServer();
        silent.push(server);
        server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
      }
    });
    const [listener] = listenersOf(`${transport.toLowerCase()}://127.0.0.1:${port}`);
    const bound = { host: '127.0.0.1', port };
    return { transport, family: 4, bound, listener, port: { size: 0, address: bound } } as unknown as OpenListener;
  }

  it.each(['UDP', 'TCP'] as const)('fail over %s, with their address', async (transport) => {
    const listener = await deaf(transport);
    const probe = new SipProbe({ listeners: () => [listener], timeoutMs: 60 });
    await expect(probe.check()).rejects.toThrow(
      `no answer to OPTIONS over ${transport} at 127.0.0.1:${listener.bound.port}: none within 60 ms`,
    );
  });

  it.each(['udp', 'tcp', 'ws'])('fail over %s when they are closed under a living edge', async (transport) => {
    const edge = await edgeAt(`${transport}://127.0.0.1:0`);
    await edge.runtime.listeners.close();
    await expect(edge.runtime.probe.check()).rejects.toThrow(/^no (?:answer|connection).* at 127\.0\.0\.1:\d+: /);
  });

  it('fail when one of several does', async () => {
    const edge = await edgeAt('udp://127.0.0.1:0');
    const probe = new SipProbe({ listeners: () => [...edge.runtime.listeners.all, ...deafs], timeoutMs: 300 });
    const deafs = [await deaf('TCP')];
    await expect(probe.check()).rejects.toThrow('over TCP');
  });
});

it('probes once for all who ask at the same time', async () => {
  const edge = await edgeAt('udp://127.0.0.1:0');
  await Promise.all([edge.runtime.probe.check(), edge.runtime.probe.check(), edge.runtime.probe.check()]);
  expect(edge.runtime.stack.counters.requests).toBe(1);
  await edge.runtime.probe.check();
  expect(edge.runtime.stack.counters.requests).toBe(2);
});

it('asks an edge that leaves over UDP alone, since it takes no more connections', async () => {
  const edge = await edgeAt('udp://127.0.0.1:0,tcp://127.0.0.1:0');
  await edge.runtime.drain(100);
  await edge.runtime.probe.check();
  expect(edge.runtime.stack.counters.requests).toBe(1);
});
