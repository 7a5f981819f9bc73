import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GrpcServer,
  mutualTls,
  PeerCertificates,
  type PeerChannel,
  silentLogger,
  unprovenPeers,
} from '@ringdown/platform';
import { SipLinkAcceptor, SipLinkClient, serveSipLink, type TransportEvents } from '@ringdown/sip-transport';
import { CertificateAuthority } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

// Real sockets and servers, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 30_000 });

/** What came over the streams, and why they closed. */
function recorded() {
  const messages: string[] = [];
  const closings: string[] = [];
  const events: TransportEvents = {
    message: (raw) => void messages.push(raw),
    malformed: () => undefined,
    flowClosed: (_flow, reason) => void closings.push(reason),
    sendFailed: () => undefined,
  };
  return { messages, closings, events };
}

describe('who may open a SipLink stream to an edge', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-siplink-'));
  const ends: (() => void)[] = [];
  let ours: CertificateAuthority;
  let theirs: CertificateAuthority;
  let address = '';
  let count = 0;
  const arrived = recorded();

  async function peersOf(authority: CertificateAuthority, names: readonly string[], hours?: number) {
    count += 1;
    const issued = await authority.issue(names, hours);
    const [certificate, key, ca] = ['crt', 'key', 'ca'].map((end) => join(folder, `${count}.${end}`)) as [
      string,
      string,
      string,
    ];
    writeFileSync(certificate, issued.certPem);
    writeFileSync(key, issued.keyPem);
    writeFileSync(ca, ours.certPem);
    const certificates = new PeerCertificates({ files: { certificate, key, ca }, logger: silentLogger() });
    ends.push(() => certificates.close());
    return mutualTls(certificates);
  }

  /** A connector of somebody who calls itself an edge. */
  function connect(channel: PeerChannel) {
    const told = recorded();
    const self = { name: 'edge-2', incarnation: 'b' };
    const client = new SipLinkClient({
      ...channel,
      address,
      linkClass: 'calls',
      self,
      events: told.events,
      minBackoffMs: 5,
      maxBackoffMs: 20,
    });
    ends.push(() => client.close());
    client.start();
    return { client, told };
  }

  beforeAll(async () => {
    [ours, theirs] = await Promise.all([CertificateAuthority.create(), CertificateAuthority.create('Another')]);
  });
  afterEach(() => {
    for (const end of ends.splice(0).reverse()) end();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function serve(): Promise<void> {
    const peers = await peersOf(ours, ['spiffe://test/ringdown/edge-proxy']);
    const server = new GrpcServer({ logger: silentLogger(), credentials: peers.server(['edge-proxy']) });
    const acceptor = new SipLinkAcceptor({ events: arrived.events, local: { host: '127.0.0.1', port: 1 } });
    serveSipLink(server.raw, acceptor);
    const { host, port } = await server.listen({ host: '127.0.0.1', port: 0 });
    ends.push(() => server.stop());
    address = `${host}:${port}`;
  }

  it('another edge', async () => {
    await serve();
    const peers = await peersOf(ours, ['spiffe://test/ringdown/edge-proxy']);
    const { client } = connect(peers.client('edge-proxy'));
    const flow = await client.whenConnected();
    flow.send('from an edge');
    await vi.waitFor(() => expect(arrived.messages).toEqual(['from an edge']), 10_000);
  });

  it.each([
    { name: 'nobody without TLS', channel: async () => unprovenPeers.client('edge-proxy') },
    {
      name: 'no other service',
      channel: async () => (await peersOf(ours, ['spiffe://test/ringdown/registrar'])).client('edge-proxy'),
    },
    {
      name: 'nobody with a certificate of another authority',
      channel: async () => (await peersOf(theirs, ['spiffe://test/ringdown/edge-proxy'])).client('edge-proxy'),
    },
    {
      name: 'nobody whose certificate has expired',
      channel: async () => (await peersOf(ours, ['spiffe://test/ringdown/edge-proxy'], -1)).client('edge-proxy'),
    },
  ])('$name, however often it asks', async ({ channel }) => {
    await serve();
    arrived.messages.length = 0;
    const { client, told } = connect(await channel());
    client.flow?.send('INVITE from a stranger');
    await vi.waitFor(() => expect(told.closings.length).toBeGreaterThan(2), 10_000);
    expect([client.connected, arrived.messages]).toEqual([false, []]);
  });
});
