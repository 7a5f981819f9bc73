import { computeHa1, type DigestAlgorithm } from '@ringdown/sip-auth';

/** H(username ":" realm ":" password) of RFC 7616 §3.4.2 for each algorithm, in lower-case hex. All that is kept of a password. */
export interface Ha1Set {
  readonly md5: string;
  readonly sha256: string;
  readonly sha512256: string;
}

/** Hashes a password for every algorithm, so that a tenant may change what it offers without asking for passwords again. */
export function hashPassword(username: string, realm: string, password: string): Ha1Set {
  return {
    md5: computeHa1('MD5', username, realm, password),
    sha256: computeHa1('SHA-256', username, realm, password),
    sha512256: computeHa1('SHA-512-256', username, realm, password),
  };
}

export function ha1For(set: Ha1Set, algorithm: DigestAlgorithm): string {
  switch (algorithm) {
    case 'MD5':
      return set.md5;
    case 'SHA-256':
      return set.sha256;
    case 'SHA-512-256':
      return set.sha512256;
  }
}
