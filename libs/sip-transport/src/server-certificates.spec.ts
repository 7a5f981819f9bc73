import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CertificatePem, ServerCertificates } from './server-certificates.js';
import { eventually } from './testing/eventually.js';
import { TestAuthority } from './testing/test-authority.js';

const authority = await TestAuthority.open();
const first = await authority.issue(['default.example.com']);
const one = await authority.issue(['one.example.com', 'sip:uri.example.com']);
const wild = await authority.issue(['*.example.com']);

describe('the certificate for a name that a client asks for', () => {
  const certificates = ServerCertificates.of([first, one, wild]);
  const of = (pem: CertificatePem) => ServerCertificates.of([pem]);

  it.each<[name: string | undefined, certificate: CertificatePem]>([
    ['one.example.com', one],
    ['ONE.example.com', one],
    ['one.example.com.', one],
    ['uri.example.com', one],
    ['other.example.com', wild],
    ['default.example.com', first],
    ['two.labels.example.com', first],
    ['example.com', first],
    ['example.org', first],
    ['localhost', first],
    ['', first],
    [undefined, first],
  ])('%s', (name, certificate) => {
    expect(certificates.certificateFor(name)).toEqual(expect.objectContaining(certificate));
  });

  it('is the same context each time, and another one for other clients', () => {
    const context = certificates.contextFor('one.example.com');
    expect(certificates.contextFor('uri.example.com')).toBe(context);
    const mutual = certificates.contextFor('one.example.com', [authority.certPem]);
    expect(mutual).not.toBe(context);
    expect(certificates.contextFor('one.example.com', [authority.certPem])).toBe(mutual);
  });

  it('must be a whole one', () => {
    expect(() => ServerCertificates.of([])).toThrow('TLS needs at least one certificate');
    expect(() => of({ ...first, keyPem: one.keyPem })).toThrow(/^certificate 1 can't be used: .*key values mismatch/);
    expect(() => of({ certPem: 'none', keyPem: one.keyPem })).toThrow("certificate 1 can't be used");
  });
});

describe('certificates in files', () => {
  let folder: string;
  let files: { cert: string; key: string };
  const opened: ServerCertificates[] = [];

  function write({ certPem, keyPem }: CertificatePem): void {
    writeFileSync(files.cert, certPem);
    writeFileSync(files.key, keyPem);
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  });

  afterEach(() => {
    for (const certificates of opened.splice(0)) certificates.close();
    rmSync(folder, { recursive: true });
  });

  async function load(problems: string[] = []): Promise<ServerCertificates> {
    const certificates = await ServerCertificates.load([files], {
      report: (problem) => problems.push(problem),
      everyMs: 5,
    });
    opened.push(certificates);
    return certificates;
  }

  it('follow the files, and tell who wants to know', async () => {
    write(first);
    const certificates = await load();
    let changes = 0;
    const forget = certificates.onChange(() => {
      changes += 1;
    });
    const context = certificates.contextFor(undefined);
    write(one);
    await eventually(() => expect(certificates.default.certPem).toBe(one.certPem));
    expect(certificates.contextFor(undefined)).not.toBe(context);
    await eventually(() => expect(changes).toBeGreaterThan(0));
    const before = changes;
    forget();
    write(first);
    await eventually(() => expect(certificates.default.certPem).toBe(first.certPem));
    expect(changes).toBe(before);
  });

  it('keep the old where the new are broken, say why once, and take what is mended', async () => {
    write(first);
    const problems: string[] = [];
    const certificates = await load(problems);
    writeFileSync(files.cert, one.certPem);
    await eventually(() => expect(problems).toHaveLength(1));
    expect(problems[0]).toContain(`${files.cert} with the key ${files.key} can't be used`);
    expect(certificates.default.certPem).toBe(first.certPem);
    rmSync(files.key);
    await eventually(() => expect(problems).toHaveLength(2));
    expect(problems[1]).toContain(files.key);
    expect(certificates.default.certPem).toBe(first.certPem);
    writeFileSync(files.key, one.keyPem);
    await eventually(() => expect(certificates.default.certPem).toBe(one.certPem));
    expect(problems).toHaveLength(2);
  });

  it('follow links that are swapped, as Kubernetes does it', async () => {
    const place = (name: string, pem: CertificatePem): void => {
      files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
      write(pem);
    };
    place('a', first);
    place('b', one);
    files = { cert: join(folder, 'link.crt'), key: join(folder, 'link.key') };
    const link = (name: string): void => {
      for (const kind of ['crt', 'key']) {
        symlinkSync(join(folder, `${name}.${kind}`), join(folder, `new.${kind}`));
        renameSync(join(folder, `new.${kind}`), join(folder, `link.${kind}`));
      }
    };
    link('a');
    const certificates = await load();
    link('b');
    await eventually(() => expect(certificates.default.certPem).toBe(one.certPem));
  });

  it('are read again when asked to', async () => {
    write(first);
    const certificates = await ServerCertificates.load([files]);
    write(one);
    expect(await certificates.reload()).toBeUndefined();
    expect(certificates.default.certPem).toBe(one.certPem);
    writeFileSync(files.key, 'none');
    expect(await certificates.reload()).toContain("can't be used");
    expect(certificates.default.certPem).toBe(one.certPem);
  });

  it('must be there at the start', async () => {
    await expect(ServerCertificates.load([files])).rejects.toThrow(files.cert);
  });
});
