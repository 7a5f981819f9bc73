import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from './auth-params.js';
import { parseCredentials, selectCredentials } from './credentials.js';

const MD5 = '6629fae49393a05397450978507c4ef1';
const base = `Digest username="bob", realm="biloxi.com", nonce="abc", uri="sip:biloxi.com", response="${MD5}"`;

describe('parseCredentials reads', () => {
  it('RFC 7616 §3.9.1, SHA-256', () => {
    expect(
      parseCredentials(
        'Digest username="Mufasa",\r\n realm="http-auth@example.org",\r\n uri="/dir/index.html",\r\n algorithm=SHA-256, nonce="7ypf", nc=00000001, cnonce="f2/w", qop=auth, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", opaque="FQhe"'.replace(
          /\r\n /g,
          ' ',
        ),
      ),
    ).toEqual({
      kind: 'digest',
      username: 'Mufasa',
      realm: 'http-auth@example.org',
      nonce: '7ypf',
      uri: '/dir/index.html',
      response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
      algorithm: 'SHA-256',
      algorithmName: 'SHA-256',
      session: false,
      qop: 'auth',
      cnonce: 'f2/w',
      nonceCount: 1,
      nonceCountText: '00000001',
      opaque: 'FQhe',
    });
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['no algorithm as MD5, no qop', base, { algorithm: 'MD5', qop: undefined, nonceCount: undefined }],
    ['a scheme in any case', base.replace('Digest', 'dIGEST'), { username: 'bob' }],
    [
      'names in any case',
      base.replace('username', 'USERNAME').replace('nonce', 'Nonce'),
      { username: 'bob', nonce: 'abc' },
    ],
    ['a response in upper case', base.replace(MD5, MD5.toUpperCase()), { response: MD5 }],
    ['no space after commas', base.replaceAll(', ', ','), { realm: 'biloxi.com', uri: 'sip:biloxi.com' }],
    ['white space around "="', base.replaceAll('=', ' =\t'), { realm: 'biloxi.com' }],
    ['empty list elements', `${base},, ,`, { realm: 'biloxi.com' }],
    [
      'a quoted qop and algorithm',
      `${base}, qop="auth", nc=0000000A, cnonce="c", algorithm="MD5"`,
      { qop: 'auth', nonceCount: 10, nonceCountText: '0000000A' },
    ],
    ['qop in upper case', `${base}, qop=AUTH, nc=00000002, cnonce="c"`, { qop: 'auth', nonceCount: 2 }],
    ['auth-int', `${base}, qop=auth-int, nc=ffffffff, cnonce="c"`, { qop: 'auth-int', nonceCount: 0xffffffff }],
    ['a comma and an escaped quote inside quotes', base.replace('"bob"', String.raw`"b\"o,b"`), { username: 'b"o,b' }],
    ['a backslash in a username', base.replace('"bob"', String.raw`"corp\\bob"`), { username: String.raw`corp\bob` }],
    ['an unknown algorithm', `${base}, algorithm=AKAv1-MD5`, { algorithm: undefined, algorithmName: 'AKAv1-MD5' }],
    ['unknown parameters', `${base}, auth-param=1, x="y"`, { username: 'bob' }],
    ['an empty username', base.replace('"bob"', '""'), { username: '' }],
    ['UTF-8 bytes', base.replace('bob', 'J\u00c3\u00a4son'), { username: 'J\u00e4son' }],
    [
      'username* (RFC 5987)',
      base.replace('username="bob"', "username*=UTF-8''J%C3%A4son%20Doe"),
      { username: 'J\u00e4son Doe' },
    ],
    ['userhash=false', `${base}, userhash=false`, { username: 'bob' }],
  ])('%s', (_, value, expected) => {
    expect(parseCredentials(value)).toMatchObject({ kind: 'digest', ...expected });
  });

  it.each(['NoOneKnowsThisScheme opaque-data=here', 'Basic dXNlcjpwYXNz', 'Bearer a.b.c', 'Negotiate'])(
    'another scheme as such: %s (regaut01, RFC 4475 §3.3.7)',
    (value) => {
      expect(parseCredentials(value)).toEqual({ kind: 'other-scheme', scheme: value.split(' ')[0] });
    },
  );

  it.each<[string, string, RegExp]>([
    ['nothing', '', /scheme is missing/],
    ['a bare scheme', 'Digest', /username is missing/],
    ['no realm', base.replace('realm="biloxi.com", ', ''), /realm is missing/],
    ['no nonce', base.replace('nonce="abc", ', ''), /nonce is missing/],
    ['no uri', base.replace('uri="sip:biloxi.com", ', ''), /uri is missing/],
    ['an empty uri', base.replace('sip:biloxi.com', ''), /uri is missing or empty/],
    ['no response', base.replace(`, response="${MD5}"`, ''), /response is missing/],
    ['a short response', base.replace(MD5, 'abc'), /hexadecimal digest/],
    ['a response that is not hexadecimal', base.replace(MD5, 'z'.repeat(32)), /hexadecimal digest/],
    ['an MD5 response for SHA-256', `${base}, algorithm=SHA-256`, /hexadecimal digest/],
    ['an unclosed quote', base.slice(0, -1), /no closing quote/],
    ['a name without value', `${base}, opaque`, /"=" was expected/],
    ['an empty bare value', `${base}, opaque=, x=1`, /value of opaque is missing/],
    ['a parameter twice', `${base}, realm="other"`, /realm occurs twice/],
    ['two parameters without a comma', `${base} opaque="x"`, /"," was expected/],
    ['qop without nc', `${base}, qop=auth, cnonce="c"`, /nc is missing/],
    ['qop without cnonce', `${base}, qop=auth, nc=00000001`, /cnonce is missing/],
    ['a short nc', `${base}, qop=auth, nc=1, cnonce="c"`, /eight hexadecimal/],
    ['nc zero', `${base}, qop=auth, nc=00000000, cnonce="c"`, /starts at 00000001/],
    ['an unknown qop', `${base}, qop=auth-conf, nc=00000001, cnonce="c"`, /neither auth nor auth-int/],
    ['a session variant without cnonce', `${base}, algorithm=MD5-sess`, /session variant/],
    ['userhash, which was not offered', `${base}, userhash=true`, /userhash was not offered/],
    ['two usernames', `${base}, username*=UTF-8''bob`, /both username/],
    ['a username* in another character set', base.replace('username="bob"', "username*=iso-8859-1''b"), /RFC 5987/],
    ['too many parameters', `${base}, ${Array.from({ length: 40 }, (_, i) => `p${i}=1`).join(',')}`, /more than 32/],
  ])('%s as malformed', (_, value, reason) => {
    const parsed = parseCredentials(value);
    expect(parsed.kind).toBe('malformed');
    expect(parsed.kind === 'malformed' && parsed.reason).toMatch(reason);
  });

  it('says where reading stopped', () => {
    expect(parseCredentials('Digest realm="x" y="z"')).toMatchObject({ kind: 'malformed', offset: 17 });
  });

  it('anything at all, without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(['digest', 'other-scheme', 'malformed']).toContain(parseCredentials(`Digest ${text}`).kind);
        expect(['digest', 'other-scheme', 'malformed']).toContain(parseCredentials(text).kind);
      }),
      { numRuns: 2000 },
    );
  });

  it('any quoted text back as it was', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (username) => {
        const value = base.replace('"bob"', () => quote(username));
        expect(parseCredentials(value)).toMatchObject({ kind: 'digest', username });
      }),
    );
  });
});

describe('selectCredentials', () => {
  const other = base.replace('biloxi.com', 'atlanta.com');
  it.each<[string, readonly string[], string, string]>([
    ['nothing there', [], 'biloxi.com', 'none'],
    ['our realm', [base], 'biloxi.com', 'digest'],
    ['our realm among others (RFC 3261 §22.3)', [other, base], 'biloxi.com', 'digest'],
    ['another realm only', [other], 'biloxi.com', 'none'],
    ['a realm in another case', [base], 'BILOXI.com', 'none'],
    ['an unknown scheme only', ['NoOneKnowsThisScheme opaque-data=here'], 'biloxi.com', 'none'],
    ['an unknown scheme and ours', ['NoOneKnowsThisScheme opaque-data=here', base], 'biloxi.com', 'digest'],
    ['a malformed line', ['Digest realm="biloxi.com"'], 'biloxi.com', 'malformed'],
    ['a malformed line and a good one', ['Digest x', base], 'biloxi.com', 'digest'],
  ])('%s', (_, values, realm, kind) => {
    expect(selectCredentials(values, realm).kind).toBe(kind);
  });
});
