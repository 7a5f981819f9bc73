import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { makeSelfSignedCertificate, readSettings, type Settings } from '@ringdown/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withCertificate } from './sip-certificate.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringdown-certificate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function settingsOf(environment: Record<string, string> = {}): Settings {
  const read = readSettings(environment);
  if (read.kind !== 'settings') throw new Error(read.problems[0]?.message);
  return read.settings;
}

const stored = (): string => readFileSync(join(folder, 'sip-certificate.pem'), 'utf8');

describe('a certificate that nobody has given', () => {
  it('is made once, for every host, and serves with its key', async () => {
    const asked = settingsOf({ RINGDOWN_SIP_ADVERTISED_HOST: 'sip.example.com' });
    const { settings, selfMade } = await withCertificate(asked, folder, ['demo.test']);
    expect(selfMade).toEqual({ path: join(folder, 'sip-certificate.crt'), isNew: true });
    const first = stored();
    createSecureContext({ cert: first, key: first });
    const certificate = new X509Certificate(readFileSync(selfMade?.path ?? '', 'utf8'));
    for (const host of ['sip.example.com', 'demo.test', 'localhost']) expect(certificate.checkHost(host)).toBe(host);
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    const pair = join(folder, 'sip-certificate.pem');
    expect(settings.tls.certificates).toEqual([{ kind: 'pair', certificatePath: pair, keyPath: pair }]);
    expect(await withCertificate(asked, folder, ['demo.test'])).toMatchObject({ selfMade: { isNew: false } });
    expect(stored()).toBe(first);
  });

  it('keeps its key to itself', async () => {
    const { selfMade } = await withCertificate(settingsOf(), folder, []);
    expect(statSync(join(folder, 'sip-certificate.pem')).mode & 0o777).toBe(0o600);
    expect(readFileSync(selfMade?.path ?? '', 'utf8')).not.toContain('PRIVATE KEY');
    expect(readdirSync(folder).sort()).toEqual(['sip-certificate.crt', 'sip-certificate.pem']);
  });

  it('is the same for all who start on one folder at once', async () => {
    const all = await Promise.all([1, 2, 3].map(() => withCertificate(settingsOf(), folder, [])));
    expect(all.filter(({ selfMade }) => selfMade?.isNew)).toHaveLength(1);
    expect(readFileSync(join(folder, 'sip-certificate.crt'), 'utf8')).toBe(stored().split('-----BEGIN PRIVATE')[0]);
  });

  it.each([
    ['near its end', async () => made(['127.0.0.1', 'localhost'], 59)],
    ['without a name that it needs', async () => made(['localhost'], 700)],
    ['damaged', async () => 'nonsense'],
  ])('is made anew when it is %s', async (_, write) => {
    writeFileSync(join(folder, 'sip-certificate.pem'), await write());
    const { selfMade } = await withCertificate(settingsOf(), folder, []);
    expect(selfMade?.isNew).toBe(true);
    expect(new X509Certificate(stored()).checkIP('127.0.0.1')).toBe('127.0.0.1');
  });

  it.each([
    [{ RINGDOWN_TLS_CERTIFICATES: '/etc/certs' }],
    [{ RINGDOWN_SIP_LISTENERS: 'udp://127.0.0.1,ws://127.0.0.1' }],
    [{ RINGDOWN_SIP_LISTENERS: 'tls://127.0.0.1?certificates=/etc/certs' }],
  ])('is not made with %j', async (environment: Record<string, string>) => {
    const asked = settingsOf(environment);
    expect(await withCertificate(asked, folder, [])).toEqual({ settings: asked, selfMade: undefined });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what to do where it can’t be kept', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(withCertificate(settingsOf(), file, [])).rejects.toThrow(
      /^A certificate for SIP over TLS can't be kept in .*file \(.*\)\. Set RINGDOWN_TLS_CERTIFICATES to one of your own\.$/,
    );
  });
});

async function made(names: [string, ...string[]], days: number): Promise<string> {
  const { certPem, keyPem } = await makeSelfSignedCertificate({ names, days });
  return certPem + keyPem;
}
