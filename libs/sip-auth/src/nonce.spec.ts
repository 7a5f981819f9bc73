import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextMac } from './mac.js';
import { NonceSealer, type SealKey } from './nonce.js';

const key = (id: string, byte: number): SealKey => ({ id, secret: new Uint8Array(32).fill(byte) });
const origin = { edge: 'edge-1', incarnation: 'k3x9' };

describe('TextMac is HMAC-SHA-256 (RFC 2104)', () => {
  it.each([16, 32, 64, 65, 200])('with a secret of %i bytes', (length) => {
    const secret = new Uint8Array(length).fill(0xaa);
    const mac = new TextMac(secret);
    for (const text of ['', 'Hi There', 'x'.repeat(512), 'caf\u00e9']) {
      const expected = createHmac('sha256', secret).update(text, 'latin1').digest('base64url').slice(0, 22);
      expect(mac.tag(text)).toBe(expected);
    }
  });

  it('refuses a text that is too long and a secret that is too short', () => {
    expect(new TextMac(new Uint8Array(32)).tag('x'.repeat(513))).toBeUndefined();
    expect(() => new TextMac(new Uint8Array(15))).toThrow(/16 bytes/);
  });
});

describe('NonceSealer', () => {
  const sealer = new NonceSealer(origin, [key('k1', 1)]);
  const nonce = sealer.issue(1_790_000_000_123, 'abcdefgh12345678');

  it('opens what it issued', () => {
    const opened = sealer.open(nonce);
    expect(opened).toMatchObject({ kind: 'nonce', origin, issuedAtMs: 1_790_000_000_123 });
    expect(opened !== undefined && sealer.owns(opened)).toBe(true);
  });

  it('goes over to other keys: the first seals, all open, and what is no longer there opens nothing', () => {
    const rotating = new NonceSealer(origin, [key('k1', 1)]);
    const old = rotating.issue(5, 'abcdefgh12345678');
    rotating.rekey([key('k2', 2), key('k1', 1)]);
    const fresh = rotating.issue(5, 'abcdefgh12345678');
    expect([fresh.startsWith('k2.'), rotating.open(old) !== undefined]).toEqual([true, true]);
    rotating.rekey([key('k2', 2)]);
    expect([rotating.open(fresh) !== undefined, rotating.open(old)]).toEqual([true, undefined]);
    expect(() => rotating.rekey([])).toThrow('needs at least one key');
  });

  it('needs no quoting and stays short', () => {
    expect(nonce).toMatch(/^[A-Za-z0-9._-]+$/);
    expect(nonce.length).toBeLessThan(90);
  });

  it('knows the nonce of another edge, and of an earlier incarnation, as not its own', () => {
    for (const other of [
      { edge: 'edge-2', incarnation: 'k3x9' },
      { edge: 'edge-1', incarnation: 'k3x8' },
    ]) {
      const opened = sealer.open(new NonceSealer(other, [key('k1', 1)]).issue(5, 'abcdefgh12345678'));
      expect(opened?.origin).toEqual(other);
      expect(opened !== undefined && sealer.owns(opened)).toBe(false);
    }
  });

  it('opens nonces of earlier keys while they are in the ring, not after, and not with a key of the same id', () => {
    expect(new NonceSealer(origin, [key('k2', 2), key('k1', 1)]).open(nonce)).toBeDefined();
    expect(new NonceSealer(origin, [key('k2', 2)]).open(nonce)).toBeUndefined();
    expect(new NonceSealer(origin, [key('k1', 2)]).open(nonce)).toBeUndefined();
  });

  it('opens nothing in which a character differs', () => {
    fc.assert(
      fc.property(fc.nat(nonce.length - 1), fc.constantFrom(...'.-_aAzZ09'), (at, character) => {
        fc.pre(nonce[at] !== character);
        expect(sealer.open(nonce.slice(0, at) + character + nonce.slice(at + 1))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '',
    '.',
    '..',
    'k1',
    'k1.',
    `${'x'.repeat(300)}`,
    'k1.zzz.zzzzzzzz.e.i.',
    'dcd98b7102dd2f0e8b11d0f600bfb0c093',
  ])('opens nothing that it did not issue: %s', (text) => {
    expect(sealer.open(text)).toBeUndefined();
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no key', () => new NonceSealer(origin, []), /at least one key/],
    ['two keys of one id', () => new NonceSealer(origin, [key('k', 1), key('k', 2)]), /two sealing keys/],
    ['a key id that does not fit', () => new NonceSealer(origin, [key('a.b', 1)]), /can't be a key id/],
    [
      'an edge name that does not fit',
      () => new NonceSealer({ edge: 'a.b', incarnation: '1' }, [key('k', 1)]),
      /can't name "a.b"/,
    ],
    ['an empty incarnation', () => new NonceSealer({ edge: 'a', incarnation: '' }, [key('k', 1)]), /can't name ""/],
    ['a random part that is too short', () => sealer.issue(1, 'abc'), /random part/],
  ])('throws for %s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});
