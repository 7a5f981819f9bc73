import { X509Certificate } from 'node:crypto';

/** Throws an Error that says which of these PEM texts holds no certificate: OpenSSL skips such a one and so trusts nobody. */
export function readAuthorities(ca: readonly string[]): readonly X509Certificate[] {
  return ca.map((pem, at) => {
    try {
      return new X509Certificate(pem);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`authority ${at + 1} can't be used: ${why}`, { cause: error });
    }
  });
}
