import { randomBytes } from 'node:crypto';
import { parseUri } from '@ringdown/sip-message';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TOKEN_NONCE_BYTES } from './sealed-token.js';
import {
  openTemporaryGruu,
  registrationOf,
  sealTemporaryGruu,
  type TemporaryGruu,
  temporaryGruuKeys,
} from './temporary-gruu.js';

const old = { id: 1, key: Buffer.alloc(32, 1) };
const fresh = { id: 2, key: Buffer.alloc(16, 2) };
const ring = temporaryGruuKeys([old]);
const alice: TemporaryGruu = {
  tenantId: 'acme',
  user: 'alice',
  instance: '<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>',
  registration: registrationOf('c1@192.0.2.4'),
};

function seal(gruu: TemporaryGruu, keys = ring): string {
  const user = sealTemporaryGruu(gruu, keys, randomBytes(TOKEN_NONCE_BYTES));
  if (user === undefined) throw new Error('a name is too long');
  return user;
}

describe('a temporary GRUU (RFC 5627 §3.2)', () => {
  it.each<[string, Partial<TemporaryGruu>]>([
    ['as phones are', {}],
    ['an instance in capitals', { instance: '<urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6>' }],
    ['an instance that is no UUID', { instance: '<urn:imei:90420156-025763-0>' }],
    ['an instance as long as a UUID’s bytes', { instance: '<urn:x:23456789>' }],
    ['a user with escapes', { user: 'a%40b' }],
    ['long names', { tenantId: 't'.repeat(63), user: 'u'.repeat(200) }],
  ])('opens to what was sealed: %s', (_, over) => {
    const gruu = { ...alice, ...over };
    expect(openTemporaryGruu(seal(gruu), ring)).toEqual(gruu);
  });

  it('opens to what was sealed, whatever it was', () => {
    const name = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(name, name, name, (tenantId, user, instance) => {
        const gruu = { ...alice, tenantId, user, instance: `<${instance}>` };
        expect(openTemporaryGruu(seal(gruu), ring)).toEqual(gruu);
      }),
    );
  });

  it('can stand in a URI, and has room beside a To and a Contact', () => {
    const user = seal(alice);
    expect(parseUri(`sip:${user}@example.com;gr`)).toMatchObject({ kind: 'sip', user });
    expect(user.length).toBeLessThanOrEqual(100);
  });

  it('doesn’t tell who it is: two of one device have nothing in common, and two persons’ have one length', () => {
    const [first, second, bob] = [seal(alice), seal(alice), seal({ ...alice, user: 'bob' })];
    // The key's id stands before the nonce.
    expect(first.slice(2, 12)).not.toBe(second.slice(2, 12));
    expect(first.slice(18, 60)).not.toBe(second.slice(18, 60));
    expect(bob).toHaveLength(first.length);
  });

  it('opens with every key of the ring, and is sealed with the first', () => {
    const rotated = temporaryGruuKeys([fresh, old]);
    expect(openTemporaryGruu(seal(alice), rotated)).toEqual(alice);
    expect(openTemporaryGruu(seal(alice, rotated), rotated)).toEqual(alice);
    expect(openTemporaryGruu(seal(alice, rotated), ring)).toBeUndefined();
  });

  it('opens for nothing else', () => {
    const user = seal(alice);
    for (let at = 0; at < user.length; at += 1) {
      const altered = `${user.slice(0, at)}${user[at] === 'A' ? 'B' : 'A'}${user.slice(at + 1)}`;
      expect(openTemporaryGruu(altered, ring)).toBeUndefined();
    }
    for (const other of ['', 'alice', user.slice(0, -4), `${user}AAAA`, `${user}=`])
      expect(openTemporaryGruu(other, ring)).toBeUndefined();
  });

  it('is not made for a name that has no room', () => {
    expect(sealTemporaryGruu({ ...alice, user: 'u'.repeat(256) }, ring, randomBytes(12))).toBeUndefined();
  });
});
