import { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
// The library of certificates takes it for granted.
import 'reflect-metadata';

/** What a certificate is made for. */
export interface SelfMadeCertificateOptions {
  /** Host names, IP addresses and URIs such as `sip:example.com`; the first is also the subject's common name. */
  readonly names: readonly [string, ...string[]];
  /** How long it is valid, from an hour ago on. */
  readonly days: number;
}

/** A certificate and its private key, as PEM. */
export interface SelfMadeCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** X.520 allows no longer common name. */
const maxCommonNameLength = 64;

/**
 * Makes a new key and a certificate for it that nobody but itself has signed: good where its users are told to trust just this one,
 * for servers and clients alike.
 */
export async function makeSelfSignedCertificate(options: SelfMadeCertificateOptions): Promise<SelfMadeCertificate> {
  // Loaded when it is needed: most processes make no certificate.
  const {
    BasicConstraintsExtension,
    ExtendedKeyUsage,
    ExtendedKeyUsageExtension,
    SubjectAlternativeNameExtension,
    X509CertificateGenerator,
  } = await import('@peculiar/x509');
  const { names, days } = options;
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const nowMs = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [names[0].slice(0, maxCommonNameLength)] }],
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(nowMs - hourMs),
    notAfter: new Date(nowMs + days * dayMs),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension(names.map((name) => ({ type: nameType(name), value: name }))),
    ],
  });
  const keyPem = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return { certPem: `${certificate.toString('pem')}\n`, keyPem };
}

function nameType(name: string): 'dns' | 'ip' | 'url' {
  if (isIP(name) !== 0) return 'ip';
  return name.includes(':') ? 'url' : 'dns';
}
