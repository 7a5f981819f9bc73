import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSelfSignedCertificate, parseSipListener, type SipListener } from '@ringdown/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.js';
import { ListenerCertificates, type ListenerCertificatesOptions } from './listener-certificates.js';

let folder: string;
const made: ListenerCertificates[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringdown-certificates-'));
});
afterEach(() => {
  for (const certificates of made.splice(0)) certificates.close();
  rmSync(folder, { recursive: true });
});

function listener(text: string): SipListener {
  const parsed = parseSipListener(text);
  if ('misfit' in parsed) throw new Error(parsed.misfit);
  return parsed;
}

async function write(name: string, domain: string, extension = 'crt'): Promise<string> {
  const { certPem, keyPem } = await makeSelfSignedCertificate({ names: [domain], days: 1 });
  writeFileSync(join(folder, `${name}.${extension}`), certPem);
  writeFileSync(join(folder, `${name}.key`), keyPem);
  return certPem;
}

function certificates(options: Partial<ListenerCertificatesOptions> = {}): ListenerCertificates {
  const report = (problem: string): void => expect.unreachable(problem);
  const loaded = new ListenerCertificates({ sources: undefined, caPath: undefined, report, ...options });
  made.push(loaded);
  return loaded;
}

describe('the certificates of listeners', () => {
  it('are those of the settings, read once, or the listener’s own', async () => {
    const first = await write('a', 'a.example.com');
    const other = await write('b', 'b.example.com', 'pem');
    const all = certificates({ sources: [{ kind: 'folder', path: folder }] });
    const tls = await all.of(listener('tls://0.0.0.0'));
    expect(tls.default.certPem).toBe(first);
    expect(await all.of(listener('wss://0.0.0.0'))).toBe(tls);
    const own = await all.of(listener(`wss://0.0.0.0?certificates=${folder}/b.pem:${folder}/b.key`));
    expect(own.default.certPem).toBe(other);
  });

  it('are read again when the files change', async () => {
    await write('a', 'a.example.com');
    const loaded = await certificates({ sources: [{ kind: 'folder', path: folder }], watchEveryMs: 10 }).of(
      listener('tls://0.0.0.0'),
    );
    const renewed = await write('a', 'a.example.com');
    await eventually('the renewed certificate', () => loaded.default.certPem === renewed);
    expect(loaded.contextFor(undefined)).toBe(loaded.contextFor('a.example.com'));
  });

  it.each([
    [undefined, 'SIP over TLS needs a certificate. Set RINGDOWN_TLS_CERTIFICATES.', 'RINGDOWN_TLS_CERTIFICATES'],
    ['.', 'holds no name.crt or name.pem with a name.key', 'RINGDOWN_TLS_CERTIFICATES'],
    ['missing', 'no such file or directory', 'RINGDOWN_TLS_CERTIFICATES'],
    ['a.key', 'is no folder; a certificate is given with its key, as cert:key', 'RINGDOWN_TLS_CERTIFICATES'],
  ])('at %s can’t be had: %s', async (path, message, setting) => {
    writeFileSync(join(folder, 'a.key'), 'a key without its certificate');
    const sources = path === undefined ? undefined : [{ kind: 'folder', path: join(folder, path) } as const];
    await expect(certificates({ sources }).of(listener('tls://0.0.0.0'))).rejects.toMatchObject({
      message: expect.stringContaining(message),
      details: { setting },
    });
  });

  it('come with authorities for both directions', async () => {
    const ca = await write('ca', 'ca.example.com', 'pem');
    const all = certificates({ caPath: join(folder, 'ca.pem') });
    expect(await all.serverAuthorities()).toEqual([ca]);
    const asking = listener(`tls://0.0.0.0?client-ca=${folder}/ca.pem&client=required`);
    expect(await all.clientsOf(asking)).toEqual({ ca: [ca], required: true });
    expect(await all.clientsOf(listener('tls://0.0.0.0'))).toBeUndefined();
    await expect(certificates({ caPath: '/no/such/file' }).serverAuthorities()).rejects.toMatchObject({
      details: { setting: 'RINGDOWN_TLS_CA' },
    });
  });
});
