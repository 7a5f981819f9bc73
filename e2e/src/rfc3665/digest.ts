import { createHash, randomBytes } from 'node:crypto';

/** A challenge as a phone keeps it to answer it, also ahead of the next request. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: 'MD5' | 'SHA-256';
}

export interface DigestUser {
  readonly username: string;
  readonly password: string;
}

/** Reads the values of WWW-Authenticate or Proxy-Authenticate and takes the first whose algorithm it can compute. */
export function readChallenge(values: readonly string[]): DigestChallenge {
  for (const value of values) {
    const [realm, nonce] = [parameter(value, 'realm'), parameter(value, 'nonce')];
    const algorithm = parameter(value, 'algorithm') ?? 'MD5';
    const offersAuth = (parameter(value, 'qop') ?? '').split(/\s*,\s*/).includes('auth');
    if (realm === undefined || nonce === undefined || !offersAuth) continue;
    if (algorithm === 'MD5' || algorithm === 'SHA-256') return { realm, nonce, algorithm };
  }
  throw new Error(`no challenge with qop=auth and MD5 or SHA-256 in ${JSON.stringify(values)}`);
}

/** The value of Authorization or Proxy-Authorization that answers a challenge with qop=auth (RFC 7616 §3.4). */
export function credentials(
  challenge: DigestChallenge,
  user: DigestUser,
  request: { readonly method: string; readonly uri: string; readonly nonceCount: number },
): string {
  const { realm, nonce, algorithm } = challenge;
  const hashed = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const nc = request.nonceCount.toString(16).padStart(8, '0');
  const cnonce = randomBytes(8).toString('hex');
  const ha1 = hashed(`${user.username}:${realm}:${user.password}`);
  const ha2 = hashed(`${request.method}:${request.uri}`);
  const response = hashed(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`);
  return (
    `Digest username="${user.username}", realm="${realm}", nonce="${nonce}", uri="${request.uri}", ` +
    `response="${response}", algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="${cnonce}"`
  );
}

function parameter(value: string, name: string): string | undefined {
  const match = new RegExp(`[\\s,]${name}=(?:"([^"]*)"|([^",\\s]+))`, 'i').exec(value);
  return match?.[1] ?? match?.[2];
}
