import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Flow } from './flow.js';
import { type CertificatePem, ServerCertificates } from './server-certificates.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { TestAuthority } from './testing/test-authority.js';
import { TlsPort } from './tls-port.js';

const authority = await TestAuthority.open('the authority');
const stranger = await TestAuthority.open('a stranger');
const edge = await authority.issue(['edge.example.com', '127.0.0.1']);
const trunk = await authority.issue(['pbx.example.net', 'sip:example.net']);
const ca = [authority.certPem];

const ports: TlsPort[] = [];
const sockets: Socket[] = [];

async function open(): Promise<TlsPort> {
  const port = await TlsPort.open({
    host: '127.0.0.1',
    port: 0,
    events: new RecordedEvents(),
    certificates: ServerCertificates.of([edge]),
    ca,
    clientCertificates: { ca, required: false },
    limits: { lingerMs: 50 },
  });
  ports.push(port);
  return port;
}

/** The flow of a client with this certificate. */
async function accepted(port: TlsPort, certificate: CertificatePem | undefined): Promise<Flow> {
  const before = port.size;
  const own = certificate === undefined ? {} : { cert: certificate.certPem, key: certificate.keyPem };
  const socket = connect({ host: '127.0.0.1', port: port.address.port, ca, ...own });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  await eventually(() => expect(port.size).toBe(before + 1));
  return [...port.connections()][before] as Flow;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const port of ports.splice(0)) await port.close();
});

describe('an alias (RFC 5923)', () => {
  it('carries requests for the sent-by back over the connection', async () => {
    const port = await open();
    const flow = await accepted(port, trunk);
    expect(port.alias(flow, { host: 'example.net', port: 5061 })).toBe(true);
    expect(port.flowTo({ host: '127.0.0.1', port: 5061 }, 'example.net')).toBe(flow);
    expect(port.alias(flow, { host: 'example.net', port: 5061 })).toBe(true);
    sockets[0]?.destroy();
    await eventually(() => expect(flow.closed).toBe(true));
    expect(port.flowTo({ host: '127.0.0.1', port: 5061 }, 'example.net')).not.toBe(flow);
  });

  it('is not for another port, address or name', async () => {
    const port = await open();
    const flow = await accepted(port, trunk);
    port.alias(flow, { host: 'example.net', port: 5061 });
    expect(port.flowTo({ host: '127.0.0.1', port: 5062 }, 'example.net')).not.toBe(flow);
    expect(port.flowTo({ host: '127.0.0.2', port: 5061 }, 'example.net')).not.toBe(flow);
    expect(port.flowTo({ host: '127.0.0.1', port: 5061 }, 'victim.example.com')).not.toBe(flow);
    expect(port.flowTo({ host: '127.0.0.1', port: 5061 })).not.toBe(flow);
  });

  const address = authority.issue(['127.0.0.1']);
  it.each([
    ['of its domain', trunk, 'example.net', true],
    ['of its domain in capitals', trunk, 'EXAMPLE.NET', true],
    ['of its address, which its certificate names', address, '127.0.0.1', true],
    ['of its address, beside a domain in its certificate', trunk, '127.0.0.1', true],
    ['of a DNS name beside a SIP domain', trunk, 'pbx.example.net', false],
    ['of another domain', trunk, 'victim.example.com', false],
    ['of another address', trunk, '192.0.2.1', false],
    ['of its domain without a certificate', undefined, 'example.net', false],
    ['of its domain with a certificate of another authority', stranger.issue(['example.net']), 'example.net', false],
  ])('for a sent-by %s', async (_what, certificate, host, granted) => {
    const port = await open();
    const flow = await accepted(port, await certificate);
    expect(port.alias(flow, { host, port: 5061 })).toBe(granted);
  });

  it('lets the newest of two connections carry what is for both', async () => {
    const port = await open();
    const [older, newer] = [await accepted(port, trunk), await accepted(port, trunk)];
    for (const flow of [older, newer]) port.alias(flow, { host: 'example.net', port: 5061 });
    expect(port.flowTo({ host: '127.0.0.1', port: 5061 }, 'example.net')).toBe(newer);
    newer.close();
    expect(port.flowTo({ host: '127.0.0.1', port: 5061 }, 'example.net')).toBe(older);
  });

  it('is bounded for each connection, and is no matter of other ports or outgoing connections', async () => {
    const port = await open();
    const flow = await accepted(port, trunk);
    const granted = [1, 2, 3, 4, 5].map((number) => port.alias(flow, { host: 'example.net', port: number }));
    expect(granted).toEqual([true, true, true, true, false]);
    const elsewhere = await open();
    expect(elsewhere.alias(flow, { host: 'example.net', port: 5061 })).toBe(false);
    const outgoing = port.flowTo(elsewhere.address);
    await eventually(() => expect(outgoing.peerNames).toBeDefined());
    expect(port.alias(outgoing, { host: 'edge.example.com', port: 5061 })).toBe(false);
  });
});
