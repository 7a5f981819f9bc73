import { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { CertificatePem } from '../server-certificates.js';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

type Keys = Awaited<ReturnType<typeof newKeys>>;

function newKeys() {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** How long a certificate is valid: from and to, in days from now. */
export interface Validity {
  readonly fromDays?: number;
  readonly toDays?: number;
}

/** Issues certificates for tests. */
export class TestAuthority {
  readonly #keys: Keys;
  readonly #certificate: X509Certificate;

  private constructor(keys: Keys, certificate: X509Certificate) {
    this.#keys = keys;
    this.#certificate = certificate;
  }

  static async open(name = 'test authority'): Promise<TestAuthority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [name] }],
      keys,
      signingAlgorithm: algorithm,
      ...validity({}),
      extensions: [new BasicConstraintsExtension(true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign)],
    });
    return new TestAuthority(keys, certificate);
  }

  /** Its own certificate, as PEM. */
  get certPem(): string {
    return this.#certificate.toString('pem');
  }

  /** A certificate with these subjectAltNames: host names, addresses or URIs. */
  async issue(names: readonly string[], valid: Validity = {}): Promise<CertificatePem> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: [{ CN: ['test'] }],
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      ...validity(valid),
      extensions:
        names.length === 0
          ? []
          : [new SubjectAlternativeNameExtension(names.map((name) => ({ type: nameType(name), value: name })))],
    });
    const keyPem = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
    return { certPem: certificate.toString('pem'), keyPem };
  }
}

function validity({ fromDays = -1, toDays = 1 }: Validity): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() + fromDays * dayMs), notAfter: new Date(Date.now() + toDays * dayMs) };
}

function nameType(name: string): 'dns' | 'ip' | 'url' {
  if (isIP(name) !== 0) return 'ip';
  return name.includes(':') ? 'url' : 'dns';
}
