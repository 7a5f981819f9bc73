import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type CertificatePem, ServerCertificates } from './server-certificates.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { TestAuthority } from './testing/test-authority.js';
import { TlsPort, type TlsPortOptions } from './tls-port.js';

const authority = await TestAuthority.open('the authority');
const stranger = await TestAuthority.open('a stranger');
const edge = await authority.issue(['edge.example.com', '127.0.0.1']);
const other = await authority.issue(['other.example.com']);
const trunk = await authority.issue(['pbx.example.net', 'sip:example.net']);
const ca = [authority.certPem];

const message = 'OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n';

const ports: TlsPort[] = [];
const sockets: Socket[] = [];
const servers: Server[] = [];

async function open(events: RecordedEvents, options: Partial<TlsPortOptions> = {}): Promise<TlsPort> {
  const port = await TlsPort.open({
    host: '127.0.0.1',
    port: 0,
    events,
    certificates: ServerCertificates.of([edge, other]),
    ca,
    ...options,
    limits: { lingerMs: 50, ...options.limits },
  });
  ports.push(port);
  return port;
}

async function dial(port: TlsPort, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: port.address.port,
    ca,
    servername: 'edge.example.com',
    ...options,
  });
  sockets.push(socket);
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  socket.resume();
  return socket;
}

function client({ certPem, keyPem }: CertificatePem): ConnectionOptions {
  return { cert: certPem, key: keyPem };
}

function failures(port: TlsPort): Record<string, number> {
  return Object.fromEntries(port.handshakeFailures);
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const port of ports.splice(0)) await port.close();
  for (const server of servers.splice(0)) server.close();
});

describe('the certificate that a client is shown', () => {
  it.each([
    { servername: 'edge.example.com', names: 'DNS:edge.example.com, IP Address:127.0.0.1' },
    { servername: 'other.example.com', names: 'DNS:other.example.com' },
    { servername: 'nobody.example.com', names: 'DNS:edge.example.com, IP Address:127.0.0.1' },
    { servername: '', names: 'DNS:edge.example.com, IP Address:127.0.0.1' },
  ])('for "$servername"', async ({ servername, names }) => {
    const port = await open(new RecordedEvents());
    const socket = await dial(port, { servername, checkServerIdentity: () => undefined });
    expect(socket.getPeerCertificate().subjectaltname).toBe(names);
  });

  it('changes without a restart, for new connections, asked for by name or not', async () => {
    const certificates = ServerCertificates.of([edge]);
    const port = await open(new RecordedEvents(), { certificates });
    const before = await dial(port);
    certificates.replace([other]);
    for (const servername of ['other.example.com', '']) {
      const socket = await dial(port, { servername, checkServerIdentity: () => undefined });
      expect(socket.getPeerCertificate().subjectaltname).toBe('DNS:other.example.com');
    }
    await eventually(() => expect(port.size).toBe(3));
    expect(before.destroyed).toBe(false);
  });
});

it.each([
  ['its servers', { ca: ['none'] }],
  ['its clients', { clientCertificates: { ca: ['none'], required: true } }],
])('rejects an authority of %s that cannot be read, and listens no more', async (_whose, options) => {
  const free = await open(new RecordedEvents());
  const { port } = free.address;
  await free.close();
  await expect(open(new RecordedEvents(), { port, ...options })).rejects.toThrow("authority 1 can't be used");
  expect((await open(new RecordedEvents(), { port })).address.port).toBe(port);
});

describe('a handshake', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('succeeds with %s', async (version) => {
    const port = await open(new RecordedEvents());
    const socket = await dial(port, { minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    await eventually(() => expect(port.counters).toMatchObject({ accepted: 1, failedHandshakes: 0 }));
  });

  it('fails with TLS 1.1, and is counted with its reason', async () => {
    const port = await open(new RecordedEvents());
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    await expect(dial(port, old)).rejects.toThrow(/protocol version/);
    await eventually(() => expect(failures(port)).toEqual({ ERR_SSL_UNSUPPORTED_PROTOCOL: 1 }));
    expect(port.size).toBe(0);
  });

  it.each([
    ['speaks no TLS', (socket: Socket) => socket.write(message), /^ERR_SSL_/],
    ['says nothing', () => {}, /^ERR_TLS_HANDSHAKE_TIMEOUT$/],
    ['says nothing more', (socket: Socket) => socket.end(), /^ERR_TLS_HANDSHAKE_TIMEOUT$/],
    ['is reset', (socket: Socket) => socket.resetAndDestroy(), /^ECONNRESET$/],
  ])('with a peer that %s fails and frees its place', async (_what, act, reason) => {
    const port = await open(new RecordedEvents(), { limits: { handshakeTimeoutMs: 50, maxConnections: 1 } });
    const socket = connectTcp(port.address.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    act(socket);
    await eventually(() => expect(port.counters.failedHandshakes).toBe(1));
    expect([...port.handshakeFailures.keys()][0]).toMatch(reason);
    socket.resume();
    await eventually(() => expect(socket.closed).toBe(true));
    await dial(port);
    await eventually(() => expect(port.size).toBe(1));
  });
});

describe('a client certificate', () => {
  const clientCertificates = { ca, required: true };

  it.each([
    { required: true, what: 'where it is required' },
    { required: false, what: 'where it is asked for' },
  ])('that is valid names the peer, $what', async ({ required }) => {
    const port = await open(new RecordedEvents(), { clientCertificates: { ca, required } });
    await dial(port, client(trunk));
    await eventually(() => expect(port.size).toBe(1));
    expect([...port.connections()][0]?.peerNames).toEqual(['pbx.example.net', 'sip:example.net']);
    await dial(port, { ...client(trunk), servername: 'other.example.com' });
    await eventually(() => expect(port.size).toBe(2));
    expect([...port.connections()][1]?.peerNames).toEqual(['pbx.example.net', 'sip:example.net']);
  });

  const expired = authority.issue(['pbx.example.net'], { fromDays: -3, toDays: -1 });
  const foreign = stranger.issue(['pbx.example.net']);
  it.each([
    ['none', undefined, /./],
    ['one of another authority', foreign, /UNABLE_TO_|SELF_SIGNED|UNABLE/],
    ['one that has expired', expired, /CERT_HAS_EXPIRED/],
  ])('where it is required, %s is refused', async (_what, certificate, reason) => {
    const port = await open(new RecordedEvents(), { clientCertificates });
    const socket = await dial(port, certificate === undefined ? {} : client(await certificate));
    await eventually(() => expect(socket.closed).toBe(true));
    expect(port.counters).toMatchObject({ accepted: 0, failedHandshakes: 1 });
    expect([...port.handshakeFailures.keys()][0]).toMatch(reason);
  });

  it.each([
    ['none', undefined],
    ['one of another authority', foreign],
    ['one that has expired', expired],
  ])('where it is asked for, %s leaves the peer without names', async (_what, certificate) => {
    const port = await open(new RecordedEvents(), { clientCertificates: { ca, required: false } });
    await dial(port, certificate === undefined ? {} : client(await certificate));
    await eventually(() => expect(port.size).toBe(1));
    expect([...port.connections()][0]?.peerNames).toBeUndefined();
  });

  it('means nothing where none is asked for', async () => {
    const port = await open(new RecordedEvents());
    await dial(port, client(trunk));
    await eventually(() => expect(port.size).toBe(1));
    expect([...port.connections()][0]?.peerNames).toBeUndefined();
  });

  it('is checked again when a client resumes its session', async () => {
    const port = await open(new RecordedEvents(), { clientCertificates });
    const offered: Buffer[] = [];
    const first = await dial(port, client(trunk));
    first.on('session', (session) => offered.push(session));
    await eventually(() => expect(port.size).toBe(1));
    const { size } = port;
    [...port.connections()][0]?.send(message);
    await once(first, 'data');
    const [session] = offered;
    const again = await dial(port, { ...client(trunk), ...(session === undefined ? {} : { session }) });
    await eventually(() => expect(port.size).toBe(size + 1));
    expect(again.isSessionReused()).toBe(false);
    expect([...port.connections()][1]?.peerNames).toEqual(['pbx.example.net', 'sip:example.net']);
  });
});

describe('a connection that this side opens', () => {
  async function server(certificate: CertificatePem): Promise<{ host: string; port: number; asked: string[] }> {
    const asked: string[] = [];
    const listening = createServer(
      { cert: certificate.certPem, key: certificate.keyPem, ca, requestCert: true },
      (socket) => {
        socket.on('error', () => {});
        asked.push(
          `${String(socket.servername)} ${new X509Certificate(socket.getPeerCertificate().raw).subjectAltName}`,
        );
        socket.write(message);
      },
    );
    servers.push(listening);
    listening.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const address = listening.address();
    if (address === null || typeof address === 'string') throw new Error('the server must have an address');
    return { host: '127.0.0.1', port: address.port, asked };
  }

  it('asks for the domain, shows its own certificate, and knows who is there', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const to = await server(trunk);
    const flow = port.flowTo(to, 'example.net');
    expect(flow.peerNames).toBeUndefined();
    await eventually(() => expect(events.messages).toEqual([message]));
    expect(flow.peerNames).toEqual(['pbx.example.net', 'sip:example.net']);
    expect(to.asked).toEqual(['example.net DNS:edge.example.com, IP Address:127.0.0.1']);
    expect(port.flowTo(to, 'example.net')).toBe(flow);
  });

  it('expects the address itself where no name is given', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const to = await server(edge);
    const flow = port.flowTo(to);
    await eventually(() => expect(events.messages).toEqual([message]));
    expect(flow.flowTo(to)).toBe(flow);
  });

  it.each([
    ['for another domain', () => Promise.resolve(trunk), 'pbx.example.net', 'certificate-of-another'],
    ['that names a wildcard', () => authority.issue(['*.example.net']), 'sip.example.net', 'certificate-of-another'],
    ['of another authority', () => stranger.issue(['example.net']), 'example.net', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['that has expired', () => authority.issue(['example.net'], { toDays: -0.5 }), 'example.net', 'CERT_HAS_EXPIRED'],
    ['without names', () => authority.issue([]), 'test', 'certificate-of-another'],
  ])('closes where the certificate is one %s, and sends nothing there', async (_what, issue, name, reason) => {
    const events = new RecordedEvents();
    const port = await open(events);
    const to = await server(await issue());
    const flow = port.flowTo(to, name);
    flow.send(message);
    await eventually(() => expect(events.closings).toEqual([`error-${reason}`]));
    expect(failures(port)).toEqual({ [reason]: 1 });
    expect(port.size).toBe(0);
  });

  it('is another one for another name at the same address', async () => {
    const port = await open(new RecordedEvents());
    const to = await server(await authority.issue(['a.example.net', 'b.example.net']));
    const a = port.flowTo(to, 'a.example.net');
    expect(port.flowTo(to, 'b.example.net')).not.toBe(a);
    expect(port.flowTo(to, 'a.example.net')).toBe(a);
  });

  it('gives up on a server that never shakes hands', async () => {
    const events = new RecordedEvents();
    const port = await open(events, { limits: { connectTimeoutMs: 30 } });
    const silent = (await import('node:net')).createServer();
    servers.push(silent as Server);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('the server must have an address');
    port.flowTo({ host: '127.0.0.1', port: address.port });
    await eventually(() => expect(events.closings).toEqual(['connect-timeout']));
  });
});
