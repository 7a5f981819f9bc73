import { describe, expect, it } from 'vitest';
import {
  agreeCrypto,
  answerCrypto,
  type CryptoAttribute,
  cryptoAttribute,
  cryptoAttributes,
  isSecureProfile,
  offerCrypto,
  parseCrypto,
  SDES_SUITES,
  type SdesSuite,
  sameKey,
} from './crypto.js';
import { parseSession } from './parse.js';
import type { MediaDescription } from './session-description.js';

/** RFC 4568 §6.1's example: 16 bytes of key, 14 of salt. */
const KEY_30 = 'd0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj';
const KEY_28 = Buffer.alloc(28, 3).toString('base64');
const KEY_44 = Buffer.alloc(44, 4).toString('base64');

function audio(...lines: string[]): MediaDescription {
  const text = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', 'm=audio 4000 RTP/SAVP 0'];
  const session = parseSession([...text, ...lines.map((line) => `a=crypto:${line}`), ''].join('\r\n'));
  if (session.kind === 'failure') throw new Error(session.reason);
  return session.media[0] as MediaDescription;
}

let drawn = 0;
const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(++drawn);

describe('a crypto line', () => {
  it.each([
    ['plain', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}`, 1, 'AES_CM_128_HMAC_SHA1_80'],
    ['the shorter tag', `2 AES_CM_128_HMAC_SHA1_32 inline:${KEY_30}`, 2, 'AES_CM_128_HMAC_SHA1_32'],
    ['AES-GCM of 128 bits', `3 AEAD_AES_128_GCM inline:${KEY_28}`, 3, 'AEAD_AES_128_GCM'],
    ['AES-GCM of 256 bits', `4 AEAD_AES_256_GCM inline:${KEY_44}`, 4, 'AEAD_AES_256_GCM'],
    ['without padding', `4 AEAD_AES_256_GCM inline:${KEY_44.replaceAll('=', '')}`, 4, 'AEAD_AES_256_GCM'],
    ['a lifetime of a power of two', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|2^31`, 1, 'AES_CM_128_HMAC_SHA1_80'],
    ['a lifetime in digits', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|1066400`, 1, 'AES_CM_128_HMAC_SHA1_80'],
    ['a hint of a window', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} WSH=128`, 1, 'AES_CM_128_HMAC_SHA1_80'],
    ['a parameter to pass over', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} -X=1`, 1, 'AES_CM_128_HMAC_SHA1_80'],
    [
      'more than one space',
      `999999999   AES_CM_128_HMAC_SHA1_80  inline:${KEY_30} `,
      999_999_999,
      'AES_CM_128_HMAC_SHA1_80',
    ],
  ])('is taken: %s', (_, value, tag, suite) => {
    expect(parseCrypto(value)).toMatchObject({ tag, suite });
  });

  it.each([
    ['another suite', `1 F8_128_HMAC_SHA1_80 inline:${KEY_30}`, 'the suite F8_128_HMAC_SHA1_80 is not supported'],
    ['a suite that every object has', `1 toString inline:${KEY_30}`, 'the suite toString is not supported'],
    ['an MKI', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|2^20|1:4`, 'master key identifiers (MKI) are not supported'],
    [
      'an MKI without lifetime',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|1:4`,
      'master key identifiers (MKI) are not supported',
    ],
    [
      'two keys',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|2^20|1:4;inline:${KEY_30}|2^20|2:4`,
      'several master keys are not supported',
    ],
    [
      'a short key',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_28}`,
      'AES_CM_128_HMAC_SHA1_80 has 30 bytes of key and salt, not 28',
    ],
    ['a long key', `1 AEAD_AES_128_GCM inline:${KEY_30}`, 'AEAD_AES_128_GCM has 28 bytes of key and salt, not 30'],
    ['no base64', '1 AES_CM_128_HMAC_SHA1_80 inline:*', 'the key has not the form inline:key|lifetime|MKI:length'],
    [
      'another key method',
      `1 AES_CM_128_HMAC_SHA1_80 uri:${KEY_30}`,
      'the key has not the form inline:key|lifetime|MKI:length',
    ],
    [
      'a lifetime too long',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|2^49`,
      'a lifetime of more than 2^48 packets is none',
    ],
    [
      'a lifetime too short',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|2^10`,
      'a lifetime of fewer than 2^18 packets is not supported',
    ],
    [
      'unencrypted RTP',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} UNENCRYPTED_SRTP`,
      'the session parameter UNENCRYPTED_SRTP is not supported',
    ],
    [
      'unencrypted RTCP',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} WSH=64 UNENCRYPTED_SRTCP`,
      'the session parameter UNENCRYPTED_SRTCP is not supported',
    ],
    [
      'unauthenticated RTP',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} UNAUTHENTICATED_SRTP`,
      'the session parameter UNAUTHENTICATED_SRTP is not supported',
    ],
    [
      'key derivation',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} KDR=1`,
      'the session parameter KDR is not supported',
    ],
    [
      'an unknown parameter',
      `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} NEW=1`,
      'the session parameter NEW is not supported',
    ],
  ])('is refused: %s', (_, value, reason) => {
    expect(parseCrypto(value)).toEqual({ tag: 1, reason });
  });

  it.each(['', '1', 'x AES_CM_128_HMAC_SHA1_80 inline:a', '1 AES_CM_128_HMAC_SHA1_80', '1234567890 A inline:a'])(
    'is refused without a tag: "%s"',
    (value) => {
      expect(parseCrypto(value)).toEqual({ tag: undefined, reason: 'the line has not the form tag, suite, key' });
    },
  );

  it.each(Object.keys(SDES_SUITES) as SdesSuite[])('of %s is written as it is read', (suite) => {
    const line: CryptoAttribute = { tag: 7, suite, keyAndSalt: random(SDES_SUITES[suite]) };
    const { name, value } = cryptoAttribute(line);
    expect(name).toBe('crypto');
    expect(parseCrypto(value as string)).toEqual(line);
  });
});

it('tells usable lines from others, and refuses a tag that is there twice', () => {
  const { usable, refused } = cryptoAttributes(
    audio(
      `1 AES_CM_256_HMAC_SHA1_80 inline:${KEY_44}`,
      `2 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}`,
      `2 AEAD_AES_128_GCM inline:${KEY_28}`,
    ),
  );
  expect(usable.map((line) => line.tag)).toEqual([2]);
  expect(refused).toEqual([
    { tag: 1, reason: 'the suite AES_CM_256_HMAC_SHA1_80 is not supported' },
    { tag: 2, reason: 'the tag is there twice' },
  ]);
});

describe('an answer', () => {
  const offer = audio(
    `1 AES_CM_128_HMAC_SHA1_32 inline:${KEY_30}`,
    `3 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}`,
    `5 AEAD_AES_256_GCM inline:${KEY_44}`,
  );

  it.each<[SdesSuite[], number]>([
    [['AEAD_AES_256_GCM', 'AES_CM_128_HMAC_SHA1_80'], 5],
    [['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_256_GCM'], 3],
    [['AES_CM_128_HMAC_SHA1_32'], 1],
  ])('prefers as the answerer does (%s) and repeats the tag', (preferred, tag) => {
    const agreed = answerCrypto(offer, preferred, random);
    expect(agreed?.theirs.tag).toBe(tag);
    expect(agreed?.ours.tag).toBe(tag);
    expect(agreed?.ours.suite).toBe(agreed?.theirs.suite);
    expect(agreed?.ours.keyAndSalt).not.toEqual(agreed?.theirs.keyAndSalt);
  });

  it('is none where no line will do', () => {
    expect(answerCrypto(offer, ['AEAD_AES_128_GCM'], random)).toBeUndefined();
    expect(answerCrypto(audio(), ['AEAD_AES_128_GCM'], random)).toBeUndefined();
  });

  it('keeps what is in use where the offer still has it, under whatever tag', () => {
    const before = answerCrypto(offer, ['AES_CM_128_HMAC_SHA1_80'], random);
    const again = audio(`1 AEAD_AES_256_GCM inline:${KEY_44}`, `8 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}`);
    const after = answerCrypto(again, ['AEAD_AES_256_GCM', 'AES_CM_128_HMAC_SHA1_80'], random, before);
    expect(after?.ours).toEqual({ ...before?.ours, tag: 8 });
    expect(after?.theirs.tag).toBe(8);
  });

  it('keeps the own key where only the other side has a new one', () => {
    const before = answerCrypto(offer, ['AES_CM_128_HMAC_SHA1_80'], random);
    const rekeyed = audio(`1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30, 9).toString('base64')}`);
    const after = answerCrypto(rekeyed, ['AES_CM_128_HMAC_SHA1_80'], random, before);
    expect(after?.ours.keyAndSalt).toEqual(before?.ours.keyAndSalt);
    expect(after?.theirs.keyAndSalt).toEqual(new Uint8Array(30).fill(9));
    const other = answerCrypto(audio(`1 AEAD_AES_256_GCM inline:${KEY_44}`), ['AEAD_AES_256_GCM'], random, before);
    expect(other?.ours.keyAndSalt.length).toBe(44);
  });
});

describe('an offer', () => {
  const offered = offerCrypto(['AEAD_AES_256_GCM', 'AES_CM_128_HMAC_SHA1_80'], random);

  it('has a tag and a key for each suite', () => {
    expect(offered.map(({ tag, suite, keyAndSalt }) => [tag, suite, keyAndSalt.length])).toEqual([
      [1, 'AEAD_AES_256_GCM', 44],
      [2, 'AES_CM_128_HMAC_SHA1_80', 30],
    ]);
    expect(offered[0]?.keyAndSalt.subarray(0, 16)).not.toEqual(offered[1]?.keyAndSalt.subarray(0, 16));
  });

  it('agrees with an answer that chose one of its lines', () => {
    const agreed = agreeCrypto(offered, audio(`2 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}`));
    expect(agreed).toMatchObject({ kind: 'agreed', crypto: { ours: { tag: 2 }, theirs: { tag: 2 } } });
    expect(agreed).toHaveProperty('crypto.ours.keyAndSalt', offered[1]?.keyAndSalt);
  });

  it.each([
    ['no line', [], 'the answer has 0 usable crypto lines and 0 others, not one'],
    [
      'two lines',
      [`1 AEAD_AES_256_GCM inline:${KEY_44}`, `2 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}`],
      'the answer has 2 usable crypto lines and 0 others, not one',
    ],
    [
      'another tag',
      [`3 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}`],
      "the answer's crypto line 3 AES_CM_128_HMAC_SHA1_80 was not on offer",
    ],
    [
      'the tag of another suite',
      [`1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}`],
      "the answer's crypto line 1 AES_CM_128_HMAC_SHA1_80 was not on offer",
    ],
    [
      'a line that cannot be used',
      [`1 AEAD_AES_256_GCM inline:${KEY_30}`],
      'the answer has 0 usable crypto lines and 1 others, not one: AEAD_AES_256_GCM has 44 bytes of key and salt, not 30',
    ],
  ])('does not agree with %s', (_, lines, reason) => {
    expect(agreeCrypto(offered, audio(...lines))).toEqual({ kind: 'mismatch', reason });
  });
});

it.each([
  ['RTP/SAVP', true],
  ['RTP/SAVPF', true],
  ['RTP/AVP', false],
  ['UDP/TLS/RTP/SAVPF', false],
])('knows whether SDES belongs to %s: %s', (protocol, expected) => {
  expect(isSecureProfile(protocol)).toBe(expected);
});

it('compares keys without their tags', () => {
  const line: CryptoAttribute = { tag: 1, suite: 'AEAD_AES_128_GCM', keyAndSalt: new Uint8Array(28).fill(1) };
  expect(sameKey(line, { ...line, tag: 2 })).toBe(true);
  expect(sameKey(line, { ...line, keyAndSalt: new Uint8Array(28) })).toBe(false);
});
