import { createHash } from 'node:crypto';

/** What a phone of a load proves its password by (RFC 8760). */
export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** One nonce and how often it was used. */
export interface Nonce {
  readonly algorithm: DigestAlgorithm;
  readonly realm: string;
  readonly nonce: string;
  uses: number;
}

const hashes = { MD5: 'md5', 'SHA-256': 'sha256' } as const;

/** The first challenge with this algorithm in a 401 or 407. */
export function nonceOf(challenges: readonly string[], algorithm: DigestAlgorithm = 'MD5'): Nonce | undefined {
  const challenge = challenges.find((each) => /algorithm="?([\w-]+)"?/i.exec(each)?.[1]?.toUpperCase() === algorithm);
  const nonce = /nonce="([^"]*)"/.exec(challenge ?? '')?.[1];
  return nonce === undefined
    ? undefined
    : { algorithm, nonce, realm: /realm="([^"]*)"/.exec(challenge ?? '')?.[1] ?? '', uses: 0 };
}

/** RFC 7616 §3.4.1 with qop=auth; counts the use. */
export function credentials(nonce: Nonce, username: string, password: string, method: string, uri: string): string {
  nonce.uses += 1;
  const count = nonce.uses.toString(16).padStart(8, '0');
  const { algorithm } = nonce;
  const hash = (text: string) => createHash(hashes[algorithm]).update(text).digest('hex');
  const cnonce = hash(`${nonce.nonce}${count}`).slice(0, 12);
  const secret = hash(`${username}:${nonce.realm}:${password}`);
  const response = hash(`${secret}:${nonce.nonce}:${count}:${cnonce}:auth:${hash(`${method}:${uri}`)}`);
  return `Digest username="${username}", realm="${nonce.realm}", nonce="${nonce.nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}, qop=auth, nc=${count}, cnonce="${cnonce}"`;
}
