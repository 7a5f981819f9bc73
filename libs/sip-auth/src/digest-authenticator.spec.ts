import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeHa1, DIGEST_ALGORITHMS, type DigestAlgorithm } from './algorithm.js';
import { answerChallenge, selectChallenges } from './answer.js';
import { type Credentials, parseCredentials } from './credentials.js';
import { type ChallengeRequest, DigestAuthenticator, type VerifyRequest } from './digest-authenticator.js';
import type { SealKey } from './nonce.js';

const KEYS: readonly SealKey[] = [{ id: 'k1', secret: new Uint8Array(32).fill(7) }];
const T0 = 1_790_000_000_000;
const REALM = 'demo.ringdown.test';

let serial = 0;
function edge(name: string, incarnation = '1', windowCapacity = 16): DigestAuthenticator {
  return new DigestAuthenticator({
    edge: name,
    incarnation,
    keys: KEYS,
    random: () => `serial${String(++serial).padStart(6, '0')}`,
    nonceLifetimeSec: 600,
    windowCapacity,
  });
}

interface Attempt {
  readonly method?: string;
  readonly uri?: string;
  readonly username?: string;
  readonly password?: string;
  readonly nonceCount?: number;
  readonly body?: string;
}

/** What a phone answers to the challenge. */
function phone(challenges: readonly string[], attempt: Attempt = {}): Credentials {
  const [challenge] = selectChallenges(challenges);
  if (challenge === undefined) throw new Error('the phone found no challenge that it can answer');
  const value = answerChallenge(challenge, {
    method: attempt.method ?? 'REGISTER',
    uri: attempt.uri ?? `sip:${REALM}`,
    username: attempt.username ?? 'alice',
    password: attempt.password ?? 'alice-demo',
    cnonce: '0a4f113b',
    nonceCount: attempt.nonceCount ?? 1,
    ...(attempt.body === undefined ? {} : { body: attempt.body }),
  });
  const credentials = parseCredentials(value ?? '');
  if (credentials.kind !== 'digest') throw new Error(`the phone wrote ${value}`);
  return credentials;
}

function request(credentials: Credentials, overrides: Partial<VerifyRequest> = {}): VerifyRequest {
  return {
    credentials,
    method: 'REGISTER',
    requestUri: `sip:${REALM}`,
    ha1: computeHa1(credentials.algorithm ?? 'MD5', 'alice', REALM, 'alice-demo'),
    algorithms: DIGEST_ALGORITHMS,
    ...overrides,
  };
}

function offer(
  algorithms: readonly DigestAlgorithm[] = ['MD5'],
  more: Partial<ChallengeRequest> = {},
): ChallengeRequest {
  return { realm: REALM, algorithms, ...more };
}

describe('a challenge, answered', () => {
  it.each(DIGEST_ALGORITHMS)('with %s and qop=auth is accepted', (algorithm) => {
    const server = edge('e1');
    const credentials = phone(server.challenge(T0, offer([algorithm])));
    expect(server.verify(T0 + 50, request(credentials))).toEqual({
      kind: 'ok',
      username: 'alice',
      realm: REALM,
      algorithm,
    });
  });

  it('offers all algorithms, the tenant’s order first', () => {
    const values = edge('e1').challenge(T0, offer(['SHA-256', 'MD5']));
    expect(values.map((value) => /algorithm=([^,]*)/.exec(value)?.[1])).toEqual(['SHA-256', 'MD5']);
    expect(new Set(values.map((value) => /nonce="([^"]*)"/.exec(value)?.[1])).size).toBe(1);
  });

  it('never uses a nonce twice in challenges', () => {
    const server = edge('e1');
    expect(server.challenge(T0, offer())).not.toEqual(server.challenge(T0, offer()));
  });

  it('is repeated with stale=true when asked', () => {
    expect(edge('e1').challenge(T0, offer(['MD5'], { stale: true }))[0]).toMatch(/stale=true/);
  });

  it('with auth-int covers the body', () => {
    const server = edge('e1');
    const challenges = server.challenge(T0, offer(['SHA-256'], { qop: ['auth-int'] }));
    const credentials = phone(challenges, { body: 'v=0\r\n' });
    expect(server.verify(T0, request(credentials, { body: 'v=1\r\n' })).kind).toBe('bad-credentials');
    expect(server.verify(T0, request(credentials, { body: 'v=0\r\n' })).kind).toBe('ok');
  });
});

describe('any user name, password and realm', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  it('that the directory enrolled is accepted from a phone that has it, and no other password', () => {
    fc.assert(
      fc.property(text, text, text, fc.constantFrom(...DIGEST_ALGORITHMS), (username, password, realm, algorithm) => {
        const server = edge('e1');
        const challenges = server.challenge(T0, { realm, algorithms: [algorithm] });
        const ha1 = computeHa1(algorithm, username, realm, password);
        const right = phone(challenges, { username, password });
        const wrong = phone(challenges, { username, password: `${password}!` });
        expect(right).toMatchObject({ username, realm });
        expect(server.verify(T0, request(wrong, { ha1 })).kind).toBe('bad-credentials');
        expect(server.verify(T0, request(right, { ha1 }))).toEqual({ kind: 'ok', username, realm, algorithm });
      }),
    );
  });
});

describe('refused', () => {
  const server = edge('e1');
  const fresh = () => server.challenge(T0, offer());

  it.each<[string, Attempt, Partial<VerifyRequest>, string]>([
    ['a wrong password', { password: 'guess' }, {}, 'bad-credentials'],
    ['another username than the hash is of', { username: 'bob' }, {}, 'bad-credentials'],
    ['an unknown subscriber', {}, { ha1: undefined }, 'bad-credentials'],
    ['another method', { method: 'INVITE' }, {}, 'bad-credentials'],
    ['another target', {}, { requestUri: 'sip:other.example' }, 'uri-mismatch'],
    ['another user at the target', { uri: `sip:bob@${REALM}` }, { requestUri: `sip:carol@${REALM}` }, 'uri-mismatch'],
    ['an algorithm that is not offered', {}, { algorithms: ['SHA-256'] }, 'unknown-algorithm'],
  ])('%s', (_, attempt, overrides, kind) => {
    expect(server.verify(T0, request(phone(fresh(), attempt), overrides)).kind).toBe(kind);
  });

  it('an algorithm that nobody can compute', () => {
    const credentials = { ...phone(fresh()), algorithm: undefined, algorithmName: 'AKAv1-MD5' };
    expect(server.verify(T0, request(credentials))).toEqual({ kind: 'unknown-algorithm', name: 'AKAv1-MD5' });
  });
});

describe('the digest-uri', () => {
  const server = edge('e1');
  it.each<[string, string, Partial<VerifyRequest>, string]>([
    ['may lack the port', `sip:bob@${REALM}`, { requestUri: `sip:bob@${REALM}:5060` }, 'ok'],
    ['may lack parameters', `sip:bob@${REALM}`, { requestUri: `sip:bob@${REALM};transport=tcp` }, 'ok'],
    ['may differ in the case of the host', `sip:bob@${REALM.toUpperCase()}`, { requestUri: `sip:bob@${REALM}` }, 'ok'],
    ['of another kind must be the same text', 'tel:+4930123', { requestUri: 'tel:+4930123' }, 'ok'],
    ['of another kind must be the same text (2)', 'tel:+4930123', { requestUri: 'tel:+4930124' }, 'uri-mismatch'],
    ['is not compared behind rewriting proxies', 'sip:x@elsewhere', { uriCheck: 'any' }, 'ok'],
  ])('%s', (_, uri, overrides, kind) => {
    const credentials = phone(server.challenge(T0, offer()), { uri });
    expect(server.verify(T0, request(credentials, overrides)).kind).toBe(kind);
  });
});

describe('nonces', () => {
  it('serve many requests with rising counts, each count once', () => {
    const server = edge('e1');
    const challenges = server.challenge(T0, offer());
    const kinds = [1, 2, 4, 3, 3, 2, 5].map(
      (nonceCount) => server.verify(T0, request(phone(challenges, { nonceCount }))).kind,
    );
    expect(kinds).toEqual(['ok', 'ok', 'ok', 'ok', 'replay', 'replay', 'ok']);
  });

  it('a wrong password uses up no count', () => {
    const server = edge('e1');
    const challenges = server.challenge(T0, offer());
    expect(server.verify(T0, request(phone(challenges, { password: 'guess' }))).kind).toBe('bad-credentials');
    expect(server.verify(T0, request(phone(challenges))).kind).toBe('ok');
  });

  it.each([
    [600_000, 'ok'],
    [600_001, 'stale'],
    [-30_000, 'ok'],
    [-30_001, 'stale'],
  ])('at an age of %i ms: %s', (ageMs, kind) => {
    const server = edge('e1');
    expect(server.verify(T0 + ageMs, request(phone(server.challenge(T0, offer())))).kind).toBe(kind);
  });

  it('an old nonce with a wrong password is not called stale (RFC 7616 §3.3)', () => {
    const server = edge('e1');
    const credentials = phone(server.challenge(T0, offer()), { password: 'guess' });
    expect(server.verify(T0 + 700_000, request(credentials)).kind).toBe('bad-credentials');
  });

  it('a nonce that nobody sealed is stale', () => {
    const credentials = phone(['Digest realm="demo.ringdown.test", nonce="made-up", qop="auth"']);
    expect(edge('e1').verify(T0, request(credentials))).toEqual({ kind: 'stale', reason: 'unknown' });
  });

  it('a nonce that had to be forgotten is stale, never fresh', () => {
    const server = edge('e1', '1', 1);
    const first = server.challenge(T0, offer());
    const second = server.challenge(T0 + 1, offer());
    expect(server.verify(T0 + 2, request(phone(first))).kind).toBe('ok');
    expect(server.verify(T0 + 2, request(phone(second))).kind).toBe('ok');
    expect(server.verify(T0 + 2, request(phone(first)))).toEqual({ kind: 'stale', reason: 'forgotten' });
  });
});

describe('peers without qop (RFC 3261 §22.4 rule 3)', () => {
  const server = edge('e1');
  const challenge = () => server.challenge(T0, offer(['MD5'], { qop: [] }));

  it('are refused unless the policy allows them', () => {
    expect(server.verify(T0, request(phone(challenge()))).kind).toBe('qop-required');
  });

  it('are accepted by policy, once for each nonce', () => {
    const credentials = phone(challenge());
    expect(server.verify(T0, request(credentials, { allowWithoutQop: true })).kind).toBe('ok');
    expect(server.verify(T0, request(credentials, { allowWithoutQop: true })).kind).toBe('replay');
  });
});

describe('a nonce of another edge', () => {
  it('is foreign, and its edge settles the matter', () => {
    const owner = edge('e1', '7');
    const other = edge('e2', '3');
    const challenges = owner.challenge(T0, offer());
    const credentials = phone(challenges, { nonceCount: 1 });
    const verdict = other.verify(T0, request(credentials));
    expect(verdict).toEqual({ kind: 'foreign', edge: 'e1', incarnation: '7', nonce: credentials.nonce, nonceCount: 1 });
    expect(owner.claim(T0, credentials.nonce, 1)).toBe('ok');
    expect(owner.claim(T0, credentials.nonce, 1)).toBe('replay');
    expect(owner.verify(T0, request(credentials)).kind).toBe('replay');
    expect(owner.claim(T0 + 700_000, credentials.nonce, 2)).toBe('stale');
  });

  it('is not settled by an edge that did not issue it, nor by a later incarnation', () => {
    const [value] = edge('e1', '7').challenge(T0, offer());
    const nonce = /nonce="([^"]*)"/.exec(value ?? '')?.[1] ?? '';
    expect(edge('e2', '7').claim(T0, nonce, 1)).toBe('foreign');
    expect(edge('e1', '8').claim(T0, nonce, 1)).toBe('foreign');
    expect(edge('e1', '7').claim(T0, 'made-up', 1)).toBe('foreign');
  });

  it('with a wrong password is not worth asking about', () => {
    const credentials = phone(edge('e1').challenge(T0, offer()), { password: 'guess' });
    expect(edge('e2').verify(T0, request(credentials)).kind).toBe('bad-credentials');
  });
});
