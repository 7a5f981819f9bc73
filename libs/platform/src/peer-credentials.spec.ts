import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { CertificateAuthority, type IssuedCertificate } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLogger } from './logger.js';
import { PeerCertificates } from './peer-certificates.js';
import { mutualTls } from './peer-credentials.js';
import { GrpcWorld } from './testing/grpc-world.js';

// Real sockets and servers, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const lookup = { tenantId: 'demo', addressOfRecord: 'sip:alice@demo.ringdown.test' };
const answers = { lookup: async () => ({ version: 3, bindings: [] }) };
/** A connection that is never made ends with a refusal or with the time for the call. */
const neverConnected = /^(?:unavailable|deadline)$/;
const named = (service: string): readonly string[] => [`spiffe://test/ringdown/${service}`];

describe('mutual TLS between services', () => {
  const world = new GrpcWorld();
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-peers-'));
  const log: string[] = [];
  const logger = createLogger({ service: 'test', level: 'info', pretty: false, write: (line) => log.push(line) });
  const open: PeerCertificates[] = [];
  let ca: CertificateAuthority;
  let other: CertificateAuthority;
  let count = 0;

  beforeAll(async () => {
    [ca, other] = await Promise.all([CertificateAuthority.create(), CertificateAuthority.create('Another CA')]);
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
    return world.end();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(files: ReturnType<typeof filesOf>, issued: IssuedCertificate, trusted = ca): void {
    writeFileSync(files.certificate, issued.certPem);
    writeFileSync(files.key, issued.keyPem);
    writeFileSync(files.ca, trusted.certPem);
  }

  function filesOf(name: string) {
    return {
      certificate: join(folder, `${name}.crt`),
      key: join(folder, `${name}.key`),
      ca: join(folder, `${name}-ca.crt`),
    };
  }

  function certificatesOf(issued: IssuedCertificate, trusted = ca) {
    const files = filesOf(String(++count));
    write(files, issued, trusted);
    const certificates = new PeerCertificates({ files, logger, intervalMs: 3_600_000 });
    open.push(certificates);
    return { files, certificates, peers: mutualTls(certificates) };
  }

  async function location() {
    const { files, certificates, peers } = certificatesOf(await ca.issue(named('location')));
    const { address } = await world.serve(answers, { credentials: peers.server(['edge-proxy', 'registrar']) });
    return { address, files, certificates };
  }

  it('admits a service whose certificate names one that may call', async () => {
    const { address } = await location();
    const { peers } = certificatesOf(await ca.issue(named('registrar')));
    const { client } = world.connect([address], { ...peers.client('location') });
    await expect(client.lookup(lookup)).resolves.toMatchObject({ version: 3 });
  });

  it.each([
    {
      name: 'no certificate and no TLS',
      client: async () => ({ credentials: credentials.createInsecure() }),
      code: neverConnected,
    },
    {
      name: 'TLS but no certificate',
      client: async () => ({
        credentials: credentials.createSsl(Buffer.from(ca.certPem), null, null, {
          checkServerIdentity: () => undefined,
        }),
        serverName: 'location',
      }),
      code: neverConnected,
    },
    {
      name: 'a certificate of another CA',
      client: async () => certificatesOf(await other.issue(named('registrar'))).peers.client('location'),
      code: neverConnected,
    },
    {
      name: 'an expired certificate',
      client: async () => certificatesOf(await ca.issue(named('registrar'), -1)).peers.client('location'),
      code: neverConnected,
    },
    {
      name: 'a service that may not call',
      client: async () => certificatesOf(await ca.issue(named('redirect'))).peers.client('location'),
      code: /^forbidden$/,
    },
    {
      name: 'a certificate that names no service',
      client: async () => certificatesOf(await ca.issue(['https://example.com/'])).peers.client('location'),
      code: /^forbidden$/,
    },
    {
      name: 'a client that expects another service',
      client: async () => certificatesOf(await ca.issue(named('registrar'))).peers.client('directory'),
      code: neverConnected,
    },
    {
      name: 'a client that trusts another CA',
      client: async () => certificatesOf(await ca.issue(named('registrar')), other).peers.client('location'),
      code: neverConnected,
    },
  ])('refuses: $name', async ({ client: channelOf, code }) => {
    const { address } = await location();
    const { client } = world.connect([address], { ...(await channelOf()), timeoutMs: 500 });
    await expect(client.lookup(lookup)).rejects.toMatchObject({ code: expect.stringMatching(code) });
  });

  it('uses new files for new connections, and goes on with the old ones when the new ones are broken', async () => {
    const { address, files, certificates } = await location();
    const stranger = certificatesOf(await other.issue(named('edge-proxy')), ca).peers;
    const asStranger = world.connect([address], { ...stranger.client('location'), timeoutMs: 500 }).client;
    await expect(asStranger.lookup(lookup)).rejects.toMatchObject({ code: expect.stringMatching(neverConnected) });

    writeFileSync(files.certificate, 'nonsense');
    await certificates.check();
    const { peers } = certificatesOf(await ca.issue(named('edge-proxy')));
    const before = world.connect([address], { ...peers.client('location') }).client;
    await expect(before.lookup(lookup)).resolves.toMatchObject({ version: 3 });
    expect(log.at(-1)).toContain('The file of RINGDOWN_PEER_CERTIFICATE is not a PEM certificate.');

    // Both CAs are trusted for a while, then the certificates are those of the other one.
    write(files, await ca.issue(named('location')));
    writeFileSync(files.ca, ca.certPem + other.certPem);
    await certificates.check();
    const after = world.connect([address], { ...stranger.client('location') }).client;
    await expect(after.lookup(lookup)).resolves.toMatchObject({ version: 3 });
    await expect(before.lookup(lookup)).resolves.toMatchObject({ version: 3 });
  });

  it.each([
    {
      name: 'a file that is not there',
      spoil: (files: ReturnType<typeof filesOf>) => rmSync(files.key),
      message: /^RINGDOWN_PEER_KEY is .*, which can't be read/,
    },
    {
      name: 'a key of another certificate',
      spoil: (files: ReturnType<typeof filesOf>, strange: IssuedCertificate) =>
        writeFileSync(files.key, strange.keyPem),
      message: /^RINGDOWN_PEER_KEY is not the key of the certificate/,
    },
    {
      name: 'a CA that is none',
      spoil: (files: ReturnType<typeof filesOf>) => writeFileSync(files.ca, ''),
      message: /^The file of RINGDOWN_PEER_CA is not PEM certificates/,
    },
  ])('says what is wrong at the start: $name', async ({ spoil, message }) => {
    const files = filesOf(String(++count));
    write(files, await ca.issue(named('location')));
    spoil(files, await ca.issue(named('location')));
    expect(() => new PeerCertificates({ files, logger })).toThrow(message);
  });
});
