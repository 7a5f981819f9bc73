import { createHash } from 'node:crypto';

/** One nonce and how often it was used. */
export interface Nonce {
  readonly realm: string;
  readonly nonce: string;
  uses: number;
}

/** The first challenge with MD5 in a 401 or 407. */
export function nonceOf(challenges: readonly string[]): Nonce | undefined {
  const challenge = challenges.find((each) => /algorithm="?MD5"?(?:,|$|\s)/i.test(each));
  const nonce = /nonce="([^"]*)"/.exec(challenge ?? '')?.[1];
  return nonce === undefined
    ? undefined
    : { nonce, realm: /realm="([^"]*)"/.exec(challenge ?? '')?.[1] ?? '', uses: 0 };
}

/** RFC 7616 §3.4.1 with MD5 and qop=auth; counts the use. */
export function credentials(nonce: Nonce, username: string, password: string, method: string, uri: string): string {
  nonce.uses += 1;
  const count = nonce.uses.toString(16).padStart(8, '0');
  const cnonce = md5(`${nonce.nonce}${count}`).slice(0, 12);
  const secret = md5(`${username}:${nonce.realm}:${password}`);
  const response = md5(`${secret}:${nonce.nonce}:${count}:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
  return `Digest username="${username}", realm="${nonce.realm}", nonce="${nonce.nonce}", uri="${uri}", response="${response}", algorithm=MD5, qop=auth, nc=${count}, cnonce="${cnonce}"`;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
