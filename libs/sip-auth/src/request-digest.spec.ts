import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { computeHa1, type DigestAlgorithm, parseAlgorithm } from './algorithm.js';
import { computeResponse } from './request-digest.js';

interface Row {
  readonly source: string;
  readonly algorithm: DigestAlgorithm;
  readonly session?: boolean;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  readonly cnonce?: string;
  readonly response: string;
}

const bob = {
  username: 'bob',
  realm: 'biloxi.com',
  password: 'zanzibar',
  method: 'INVITE',
  uri: 'sip:bob@biloxi.com',
  nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
} as const;

const mufasa = {
  username: 'Mufasa',
  realm: 'http-auth@example.org',
  password: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
} as const;

const published: readonly Row[] = [
  {
    source: 'RFC 2617 §3.5',
    algorithm: 'MD5',
    username: 'Mufasa',
    realm: 'testrealm@host.com',
    password: 'Circle Of Life',
    method: 'GET',
    uri: '/dir/index.html',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    cnonce: '0a4f113b',
    response: '6629fae49393a05397450978507c4ef1',
  },
  { source: 'RFC 7616 §3.9.1 MD5', algorithm: 'MD5', ...mufasa, response: '8ca523f5e9506fed4657c9700eebdbec' },
  {
    source: 'RFC 7616 §3.9.1 SHA-256',
    algorithm: 'SHA-256',
    ...mufasa,
    response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  },
  {
    source: 'RFC 7616 §3.9.2 as corrected by erratum 4897',
    algorithm: 'SHA-512-256',
    username: 'J\u00e4s\u00f8n Doe',
    realm: 'api@example.org',
    password: 'Secret, or not?',
    method: 'GET',
    uri: '/doe.json',
    nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
    cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
    response: '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5',
  },
  {
    source: 'draft-smith-sipping-auth-examples §3.1, without qop',
    algorithm: 'MD5',
    ...bob,
    response: 'bf57e4e0d0bffc0fbaedce64d59add5e',
  },
  {
    source: 'draft-smith-sipping-auth-examples §3.2, qop=auth',
    algorithm: 'MD5',
    ...bob,
    cnonce: '0a4f113b',
    response: '89eb0059246c02b2f6ee02c7961d5ea3',
  },
  {
    source: 'draft-smith-sipping-auth-examples §3.3, MD5-sess',
    algorithm: 'MD5',
    session: true,
    ...bob,
    cnonce: '0a4f113b',
    response: 'e4e4ea61d186d07a92c9e1f6919902e9',
  },
];

describe('computeResponse gives the published values', () => {
  it.each(published)('$source', (row) => {
    expect(
      computeResponse({
        algorithm: row.algorithm,
        session: row.session ?? false,
        ha1: computeHa1(row.algorithm, row.username, row.realm, row.password),
        method: row.method,
        uri: row.uri,
        nonce: row.nonce,
        cnonce: row.cnonce,
        nonceCountText: '00000001',
        qop: row.cnonce === undefined ? undefined : 'auth',
        body: '',
      }),
    ).toBe(row.response);
  });

  it.each([
    ['MD5', 'md5'],
    ['SHA-256', 'sha256'],
    ['SHA-512-256', 'sha512-256'],
  ] as const)('auth-int covers the body byte for byte (%s)', (algorithm, openssl) => {
    const digest = (wire: string) => createHash(openssl).update(wire, 'latin1').digest('hex');
    const body = 'v=0\r\ns=caf\u00c3\u00a9\r\n';
    const ha1 = digest('bob:biloxi.com:zanzibar');
    const ha2 = digest(`INVITE:sip:bob@biloxi.com:${digest(body)}`);
    expect(
      computeResponse({
        algorithm,
        session: false,
        ha1,
        method: 'INVITE',
        uri: bob.uri,
        nonce: 'n',
        cnonce: 'c',
        nonceCountText: '0000000a',
        qop: 'auth-int',
        body,
      }),
    ).toBe(digest(`${ha1}:n:0000000a:c:auth-int:${ha2}`));
  });
});

describe('computeHa1', () => {
  it.each([
    ['MD5', '12af60467a33e8518da5c68bbff12b11'],
    ['SHA-256', createHash('sha256').update('bob:biloxi.com:zanzibar').digest('hex')],
    ['SHA-512-256', createHash('sha512-256').update('bob:biloxi.com:zanzibar').digest('hex')],
  ] as const)('%s', (algorithm, expected) => {
    expect(computeHa1(algorithm, 'bob', 'biloxi.com', 'zanzibar')).toBe(expected);
  });

  it('composes characters before hashing (RFC 7616 §4)', () => {
    expect(computeHa1('MD5', 'a\u0308', 'r', 'p')).toBe(computeHa1('MD5', '\u00e4', 'r', 'p'));
  });
});

describe('parseAlgorithm', () => {
  it.each([
    [undefined, { algorithm: 'MD5', session: false }],
    ['md5', { algorithm: 'MD5', session: false }],
    ['MD5-sess', { algorithm: 'MD5', session: true }],
    ['sha-256', { algorithm: 'SHA-256', session: false }],
    ['SHA-256-SESS', { algorithm: 'SHA-256', session: true }],
    ['SHA-512-256', { algorithm: 'SHA-512-256', session: false }],
    ['SHA-512-256-sess', { algorithm: 'SHA-512-256', session: true }],
    ['AKAv1-MD5', undefined],
    ['SHA-512', undefined],
    ['', undefined],
  ])('%s', (name, expected) => {
    expect(parseAlgorithm(name)).toEqual(expected);
  });
});
