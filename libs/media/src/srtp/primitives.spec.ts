import { createCipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AesCounter } from './aes-counter.js';
import { Ghash } from './ghash.js';
import { HmacSha1 } from './hmac-sha1.js';
import { deriveKey } from './key-derivation.js';
import { KeyStream } from './key-stream.js';
import { estimateRollOver } from './packet-number.js';
import { REPLAY_WINDOW, ReplayWindow } from './replay-window.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
/** Bytes that look random and are the same each time. */
const bytes = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 13) & 0xff);

describe('RFC 3711 B.2: the key stream of AES in counter mode', () => {
  const salt = hex('F0F1F2F3 F4F5F6F7 F8F9FAFB FCFD0000');
  const view = new DataView(salt.buffer);
  const aes = new AesCounter(hex('2B7E151628AED2A6ABF7158809CF4F3C'));
  const layout = {
    salt: Int32Array.of(view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)),
    shared: true,
  };
  it.each([
    [0x0000, 'E03EAD0935C95E80E166B16DD92B4EB4'],
    [0x0001, 'D23513162B02D0F72A43A2FE4A5F97AB'],
    [0x0002, '41E95B3BB0A2E8DD477901E4FCA894C0'],
    [0xfeff, 'EC8CDF7398607CB0F2D21675EA9EA1E4'],
    [0xff00, '362B7C3C6773516318A077D7FC5073AE'],
    [0xff01, '6A2CC3787889374FBEB4C81B17BA6C44'],
  ])('block %i', (block, expected) => {
    const stream = new KeyStream(aes, layout, 0);
    const at = stream.locate(0, 0, 0xff02) + block * 16;
    expect(text(stream.bytes.subarray(at, at + 16))).toBe(expected);
  });
});

describe('key derivation', () => {
  const key128 = 'E1F97A0D3E018BE0D64FA32C06DE4139';
  const salt128 = '0EC675AD498AFEEBB6960B3AABE6';
  const key256 = 'F0F04914B513F2763A1B1FA130F10E2998F6F6E43E4309D1E622A0E332B9F1B6';
  const salt256 = '3B04803DE51EE7C96423AB5B78D2';
  it.each([
    ['RFC 3711 B.3 encryption', key128, salt128, 0, 'C61E7A93744F39EE10734AFE3FF7A087'],
    ['RFC 3711 B.3 salt', key128, salt128, 2, '30CBBC08863D8C85D49DB34A9AE1'],
    [
      'RFC 3711 B.3 authentication',
      key128,
      salt128,
      1,
      'CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25' +
        '6D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2DC68',
    ],
    ['RFC 6188 7.2 encryption', key256, salt256, 0, '5BA1064E30EC51613CAD926C5A28EF731EC7FB397F70A960653CAF06554CD8C4'],
    ['RFC 6188 7.2 salt', key256, salt256, 2, 'FA31791685CA444A9E07C6C64E93'],
    ['RFC 6188 7.2 authentication', key256, salt256, 1, 'FD9C32D39ED5FBB5A9DC96B30818454D1313DC05'],
  ])('%s', (_, key, salt, label, expected) => {
    expect(text(deriveKey(hex(key), hex(salt), label, expected.length / 2))).toBe(expected);
  });
});

describe('a key stream made ahead', () => {
  const aes = new AesCounter(bytes(16));
  it.each([true, false])('is the one that each packet would have alone (shared counter word: %s)', (shared) => {
    const layout = { salt: Int32Array.of(0x01020304, -5, 0x11223344, 0x55660000), shared };
    const ahead = new KeyStream(aes, layout, 0xdeadbeef);
    const order = [
      [7, 65_530, 11],
      [7, 65_531, 11],
      [7, 65_533, 9],
      [7, 65_532, 11],
      [7, 65_535, 20],
      [8, 0, 11],
      [8, 1, 100],
      [7, 65_534, 3],
      [8, 2, 300],
      [8, 3, 1],
    ] as const;
    for (const [high, low, blocks] of order) {
      const at = ahead.locate(high, low, blocks);
      const alone = new KeyStream(aes, layout, 0xdeadbeef);
      alone.locate(high, low, blocks);
      expect(text(ahead.bytes.subarray(at, at + blocks * 16))).toBe(text(alone.bytes.subarray(0, blocks * 16)));
    }
  });
});

it('hashes as node:crypto does, at every length about the block borders', () => {
  for (const keyLength of [1, 20, 64]) {
    const key = bytes(keyLength);
    const hmac = new HmacSha1(key);
    const tag = new Uint8Array(20);
    for (let length = 0; length < 200; length += 1) {
      const message = bytes(length, 7);
      hmac.write(message, length, tag, 0, 20);
      expect(text(tag)).toBe(createHmac('sha1', key).update(message).digest('hex').toUpperCase());
    }
  }
});

it('makes the tag of AES-GCM as node:crypto does, at every length about the block borders', () => {
  const key = bytes(16, 3);
  const nonce = bytes(12, 9);
  const ecb = (block: Uint8Array): Uint8Array => createCipheriv('aes-128-ecb', key, null).update(block);
  const mask = ecb(Uint8Array.of(...nonce, 0, 0, 0, 1));
  const ghash = new Ghash(ecb(new Uint8Array(16)));
  for (let length = 0; length < 80; length += 1) {
    const cipher = createCipheriv('aes-128-gcm', key, nonce);
    const additional = bytes(length % 29, 4);
    cipher.setAAD(additional);
    const sealed = Buffer.concat([cipher.update(bytes(length, 5)), cipher.final()]);
    const tag = new Uint8Array(16);
    ghash.begin();
    ghash.update(additional, 0, additional.length);
    ghash.update(sealed, 0, length);
    ghash.end(additional.length, length, tag);
    expect(text(tag.map((byte, i) => byte ^ (mask[i] as number)))).toBe(text(cipher.getAuthTag()));
  }
});

it.each([
  [0, 10, 11, 0],
  [0, 65_535, 0, 1],
  [0, 0x8000, 0, 0],
  [0, 0x8001, 0, 1],
  [5, 100, 65_000, 4],
  [5, 100, 30_000, 5],
  [5, 40_000, 7000, 6],
  [5, 40_000, 7232, 5],
  [5, 0, 0x8000, 5],
  [5, 0, 0x8001, 4],
  [0, 3, 65_535, -1],
])('RFC 3711 appendix A: roll-over %i, highest %i, then %i is of roll-over %i', (rollOver, highest, next, expected) => {
  expect(estimateRollOver(rollOver, highest, next)).toBe(expected);
});

describe('a replay window', () => {
  it('admits each number once, as far back as it reaches', () => {
    const window = new ReplayWindow();
    const base = 3 * 0x10000 + 65_500;
    for (const number of [base, base + 3, base + 1]) {
      expect(window.admits(number)).toBe(true);
      window.add(number);
      expect(window.admits(number)).toBe(false);
    }
    expect(window.admits(base + 2)).toBe(true);
    window.add(base + 500);
    expect(window.admits(base + 500 - REPLAY_WINDOW)).toBe(false);
    expect(window.admits(base + 501 - REPLAY_WINDOW)).toBe(true);
  });

  it('agrees with a plain set over numbers that jump, repeat and come late', () => {
    const window = new ReplayWindow();
    const seen = new Set<number>();
    let random = 12_345;
    let highest = 0xffffffff - 100;
    for (let round = 0; round < 20_000; round += 1) {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      const number = highest + ((random >>> 8) % 400) - 370;
      const top = window.highest;
      const expected = number > top || (top - number < REPLAY_WINDOW && !seen.has(number));
      expect(window.admits(number)).toBe(expected);
      if (!expected) continue;
      window.add(number);
      seen.add(number);
      highest = Math.max(highest, number) + (random % 97 === 0 ? 5000 : 0);
    }
  });
});
