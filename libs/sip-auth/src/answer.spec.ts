import { describe, expect, it } from 'vitest';
import { answerChallenge, selectChallenges } from './answer.js';
import { buildChallenge, buildChallenges, type Challenge, parseChallenge } from './challenge.js';
import { parseCredentials } from './credentials.js';

function onlyChallenge(value: string): Challenge {
  const [challenge] = selectChallenges([value]);
  if (challenge === undefined) throw new Error(`no challenge in ${value}`);
  return challenge;
}

describe('buildChallenge', () => {
  it.each<[string, Parameters<typeof buildChallenge>[0], string]>([
    [
      'plain',
      { realm: 'biloxi.com', nonce: 'n', algorithm: 'MD5', qop: ['auth'], stale: false },
      'Digest realm="biloxi.com", nonce="n", algorithm=MD5, qop="auth"',
    ],
    [
      'everything',
      { realm: 'a "b" \\c', nonce: 'n', algorithm: 'SHA-512-256', qop: ['auth', 'auth-int'], stale: true, opaque: 'o' },
      String.raw`Digest realm="a \"b\" \\c", nonce="n", opaque="o", algorithm=SHA-512-256, qop="auth,auth-int", stale=true`,
    ],
    [
      'without qop',
      { realm: 'r', nonce: 'n', algorithm: 'SHA-256', qop: [], stale: false },
      'Digest realm="r", nonce="n", algorithm=SHA-256',
    ],
    [
      'a realm in UTF-8',
      { realm: '\u00e4', nonce: 'n', algorithm: 'MD5', qop: [], stale: false },
      'Digest realm="\u00c3\u00a4", nonce="n", algorithm=MD5',
    ],
  ])('%s', (_, fields, expected) => {
    expect(buildChallenge(fields)).toBe(expected);
    expect(parseChallenge(expected)).toMatchObject({ kind: 'challenge', ...fields });
  });

  it('offers several algorithms in the order given, with one nonce (RFC 8760 §2.4)', () => {
    const values = buildChallenges({ realm: 'r', nonce: 'n', qop: ['auth'], stale: false }, ['SHA-256', 'MD5']);
    expect(values).toEqual([
      'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"',
      'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"',
    ]);
  });
});

describe('parseChallenge', () => {
  it.each<[string, string, Record<string, unknown>]>([
    [
      'RFC 3261 §22.4',
      'Digest realm="biloxi.com", qop="auth,auth-int", nonce="dcd9", opaque="5ccc"',
      { qop: ['auth', 'auth-int'], opaque: '5ccc', algorithm: 'MD5', algorithmName: undefined },
    ],
    ['stale=TRUE', 'Digest realm="r", nonce="n", stale=TRUE', { stale: true }],
    ['stale quoted', 'Digest realm="r", nonce="n", stale="true"', { stale: true }],
    ['stale=yes as false', 'Digest realm="r", nonce="n", stale=yes', { stale: false }],
    ['unknown qop options', 'Digest realm="r", nonce="n", qop="auth-conf, AUTH"', { qop: ['auth'], qopGiven: true }],
    [
      'a session variant',
      'Digest realm="r", nonce="n", algorithm=SHA-256-sess',
      { algorithm: 'SHA-256', session: true },
    ],
    ['an unknown algorithm', 'Digest realm="r", nonce="n", algorithm=AKAv2-MD5', { algorithm: undefined }],
    ['domain', 'Digest realm="r", nonce="n", domain="sip:a sip:b"', { domain: 'sip:a sip:b' }],
  ])('%s', (_, value, expected) => {
    expect(parseChallenge(value)).toMatchObject({ kind: 'challenge', ...expected });
  });

  it.each([
    ['Basic realm="r"', 'other-scheme'],
    ['Digest nonce="n"', 'malformed'],
    ['Digest realm="r"', 'malformed'],
    ['Digest realm="r" nonce="n"', 'malformed'],
  ])('%s is %s', (value, kind) => {
    expect(parseChallenge(value).kind).toBe(kind);
  });
});

describe('selectChallenges', () => {
  const sha = 'Digest realm="a", nonce="1", algorithm=SHA-256, qop="auth"';
  const md5 = 'Digest realm="a", nonce="1", algorithm=MD5, qop="auth"';
  const aka = 'Digest realm="a", nonce="1", algorithm=AKAv1-MD5, qop="auth"';
  const other = 'Digest realm="b", nonce="2"';
  it.each<[string, readonly string[], readonly string[]]>([
    ['the topmost (RFC 8760 §2.4)', [sha, md5], ['a SHA-256']],
    ['the topmost, even if it is the weaker', [md5, sha], ['a MD5']],
    ['the topmost that can be computed', [aka, md5], ['a MD5']],
    ['one per realm (RFC 3261 §22.3)', [md5, other, sha], ['a MD5', 'b MD5']],
    ['nothing from other schemes and malformed lines', ['Basic realm="a"', 'Digest realm="a"', 'x"'], []],
    ['nothing with unknown qop only', ['Digest realm="a", nonce="1", qop="auth-conf"'], []],
  ])('%s', (_, values, expected) => {
    expect(selectChallenges(values).map((challenge) => `${challenge.realm} ${challenge.algorithm}`)).toEqual(expected);
  });
});

describe('answerChallenge', () => {
  const input = {
    method: 'INVITE',
    uri: 'sip:bob@biloxi.com',
    username: 'bob',
    password: 'zanzibar',
    cnonce: '0a4f113b',
    nonceCount: 1,
  };
  const fields = { realm: 'biloxi.com', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093' };

  it.each<[string, string, string]>([
    [
      'RFC 3261 §22.4, qop=auth',
      `Digest realm="${fields.realm}", qop="auth,auth-int", nonce="${fields.nonce}", opaque="5ccc"`,
      `Digest username="bob", realm="biloxi.com", nonce="${fields.nonce}", uri="sip:bob@biloxi.com", response="89eb0059246c02b2f6ee02c7961d5ea3", qop=auth, nc=00000001, cnonce="0a4f113b", opaque="5ccc"`,
    ],
    [
      'without qop: neither cnonce nor nc (RFC 3261 §22.4 rule 3)',
      `Digest realm="${fields.realm}", nonce="${fields.nonce}", algorithm=md5`,
      `Digest username="bob", realm="biloxi.com", nonce="${fields.nonce}", uri="sip:bob@biloxi.com", response="bf57e4e0d0bffc0fbaedce64d59add5e", algorithm=md5`,
    ],
    [
      'MD5-sess',
      `Digest realm="${fields.realm}", qop="auth", nonce="${fields.nonce}", algorithm=MD5-sess`,
      `Digest username="bob", realm="biloxi.com", nonce="${fields.nonce}", uri="sip:bob@biloxi.com", response="e4e4ea61d186d07a92c9e1f6919902e9", algorithm=MD5-sess, qop=auth, nc=00000001, cnonce="0a4f113b"`,
    ],
  ])('%s', (_, challenge, expected) => {
    expect(answerChallenge(onlyChallenge(challenge), input)).toBe(expected);
  });

  it('writes names so that they are read back', () => {
    const challenge = onlyChallenge('Digest realm="r\\"x", nonce="n", qop="auth"');
    const value = answerChallenge(challenge, { ...input, username: 'corp\\b\u00f6b "x"', nonceCount: 0xabc });
    expect(parseCredentials(value ?? '')).toMatchObject({
      kind: 'digest',
      username: 'corp\\b\u00f6b "x"',
      realm: 'r"x',
      nonceCount: 0xabc,
      nonceCountText: '00000abc',
    });
  });
});
