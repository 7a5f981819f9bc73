import 'reflect-metadata';
import { KeyObject, randomBytes, type webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate with its private key, as PEM. */
export interface IssuedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hourMs = 3_600_000;

/** A certificate authority that lives as long as a test. */
export class CertificateAuthority {
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: X509Certificate;

  private constructor(keys: webcrypto.CryptoKeyPair, certificate: X509Certificate) {
    this.#keys = keys;
    this.#certificate = certificate;
  }

  static async create(name = 'Test CA'): Promise<CertificateAuthority> {
    const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [name] }],
      keys,
      signingAlgorithm: algorithm,
      ...lasting(24),
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    });
    return new CertificateAuthority(keys, certificate);
  }

  get certPem(): string {
    return `${this.#certificate.toString('pem')}\n`;
  }

  /** For these names: `spiffe://…` and other URIs, or host names. `hours` below 0: it has expired. */
  async issue(names: readonly string[], hours = 24): Promise<IssuedCertificate> {
    const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
    const certificate = await X509CertificateGenerator.create({
      serialNumber: randomBytes(8).toString('hex'),
      subject: [{ CN: ['issued for a test'] }],
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      ...lasting(hours),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: value.includes(':') ? 'url' : 'dns', value })),
        ),
      ],
    });
    const keyPem = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
    return { certPem: `${certificate.toString('pem')}\n`, keyPem };
  }
}

function lasting(hours: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  const end = now + hours * hourMs;
  return { notBefore: new Date(Math.min(now, end) - hourMs), notAfter: new Date(end) };
}
