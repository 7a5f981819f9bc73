import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { makeSelfSignedCertificate } from './self-made-certificate.js';

it('makes a certificate for names, addresses and URIs, that its key fits', async () => {
  const names = ['sip.example.com', '127.0.0.1', '::1', 'sip:example.com'] as const;
  const { certPem, keyPem } = await makeSelfSignedCertificate({ names: [...names], days: 30 });
  const certificate = new X509Certificate(certPem);
  expect(certificate.subject).toBe('CN=sip.example.com');
  expect(certificate.subjectAltName).toBe(
    'DNS:sip.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:sip:example.com',
  );
  expect(certificate.ca).toBe(false);
  const validDays = (certificate.validToDate.getTime() - Date.now()) / 86_400_000;
  expect(validDays).toBeGreaterThan(29.9);
  expect(validDays).toBeLessThanOrEqual(30);
  expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
  expect(keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
});

it('is accepted by whoever trusts it, and by nobody else', async () => {
  const { certPem, keyPem } = await makeSelfSignedCertificate({ names: ['localhost', '127.0.0.1'], days: 1 });
  const server = createServer({ cert: certPem, key: keyPem });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server must have an address');
  const dial = async (ca: string[]): Promise<TLSSocket> => {
    const socket = connect({ host: '127.0.0.1', port: address.port, ca });
    await once(socket, 'secureConnect').finally(() => socket.destroy());
    return socket;
  };
  try {
    expect((await dial([certPem])).authorized).toBe(true);
    await expect(dial([])).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  } finally {
    server.close();
  }
});
