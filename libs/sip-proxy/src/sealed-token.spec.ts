import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type KeyRing,
  openToken,
  type RouteTokenPayload,
  sealToken,
  TOKEN_MAX_CHARACTERS,
  TOKEN_NONCE_BYTES,
  TOKEN_ROOM_BYTES,
} from './sealed-token.js';

const key = (byte: number) => createSecretKey(Buffer.alloc(16, byte));
const ring = (currentKeyId: number, ...ids: number[]): KeyRing => ({
  currentKeyId,
  keys: new Map(ids.map((id) => [id, key(id)])),
});
const bytes = (text: string) => Buffer.from(text, 'latin1');
const DIALOG = { callId: 'a84b4c76e66710@192.0.2.1', originatorTag: '1928301774' };

const PAYLOAD: RouteTokenPayload = {
  callId: bytes('c0ffee01'),
  originatingTenant: bytes('demo'),
  terminatingTenant: bytes('acme'),
  originatingLeg: { kind: 'binding', addressOfRecord: bytes('alice'), instance: bytes('i-01') },
  terminatingLeg: { kind: 'trunk', trunk: bytes('carrier-7') },
  mediaNode: bytes('m2'),
  startTimeSec: 4_000_000_000,
};

function seal(payload = PAYLOAD, dialog = DIALOG, keys = ring(1, 1)): string {
  const sealed = sealToken(payload, dialog, keys, randomBytes(TOKEN_NONCE_BYTES));
  if (sealed.kind === 'failure') throw new Error(`${sealed.code} ${sealed.bytes}`);
  return sealed.token;
}

const outcome = (token: string, dialog = DIALOG, keys = ring(1, 1)): string => {
  const opened = openToken(token, dialog, keys);
  return opened.kind === 'token' ? `key ${opened.keyId}` : opened.code;
};

describe('sealed tokens', () => {
  it('opens to what was sealed, for the same dialog', () => {
    const opened = openToken(seal(), DIALOG, ring(1, 1));
    expect(opened.kind === 'token' && opened.payload).toEqual(PAYLOAD);
  });

  it.each([
    { name: 'the dialog it was sealed for', token: seal(), outcome: 'key 1' },
    {
      name: 'another Call-ID',
      token: seal(),
      dialog: { ...DIALOG, callId: 'other@192.0.2.1' },
      outcome: 'not-authentic',
    },
    {
      name: "another originator's tag",
      token: seal(),
      dialog: { ...DIALOG, originatorTag: 'x' },
      outcome: 'not-authentic',
    },
    {
      name: 'the same characters split elsewhere between Call-ID and tag',
      token: seal(),
      dialog: { callId: `${DIALOG.callId}1`, originatorTag: DIALOG.originatorTag.slice(1) },
      outcome: 'not-authentic',
    },
    {
      name: 'an old key that is still in the ring',
      token: seal(PAYLOAD, DIALOG, ring(1, 1)),
      keys: ring(2, 1, 2),
      outcome: 'key 1',
    },
    {
      name: 'a key that left the ring',
      token: seal(PAYLOAD, DIALOG, ring(1, 1)),
      keys: ring(2, 2),
      outcome: 'unknown-key',
    },
    {
      name: 'a ring whose key of that id is another',
      token: seal(),
      keys: { currentKeyId: 1, keys: new Map([[1, key(9)]]) },
      outcome: 'not-authentic',
    },
    { name: 'nothing', token: '', outcome: 'malformed' },
    { name: 'no base64url', token: `${seal().slice(0, -1)}%`, outcome: 'malformed' },
    { name: 'a part', token: seal().slice(0, 20), outcome: 'malformed' },
    { name: 'too much', token: 'A'.repeat(TOKEN_MAX_CHARACTERS + 1), outcome: 'malformed' },
  ])('$name → $outcome', ({ token, dialog, keys, outcome: expected }) => {
    expect(outcome(token, dialog ?? DIALOG, keys ?? ring(1, 1))).toBe(expected);
  });

  it('notices a change of any single bit', () => {
    const sealed = Buffer.from(seal(), 'base64url');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(outcome(changed.toString('base64url'))).toMatch(/^(not-authentic|unknown-key)$/);
    }
  });

  it('never exceeds its bound: the room is exact', () => {
    const filled = (length: number): RouteTokenPayload => ({
      ...PAYLOAD,
      callId: Buffer.alloc(length),
      originatingTenant: bytes(''),
      terminatingTenant: bytes(''),
      originatingLeg: { kind: 'none' },
      terminatingLeg: { kind: 'none' },
      mediaNode: bytes(''),
    });
    expect(seal(filled(TOKEN_ROOM_BYTES))).toHaveLength(TOKEN_MAX_CHARACTERS);
    const over = sealToken(filled(TOKEN_ROOM_BYTES + 1), DIALOG, ring(1, 1), randomBytes(TOKEN_NONCE_BYTES));
    expect(over).toEqual({ kind: 'failure', code: 'too-long', bytes: TOKEN_ROOM_BYTES + 1 });
  });

  it('has room for two subscribers of different tenants', () => {
    const token = seal({
      ...PAYLOAD,
      originatingLeg: { kind: 'binding', addressOfRecord: bytes('reception-2'), instance: bytes('i-01') },
      terminatingLeg: { kind: 'binding', addressOfRecord: bytes('+498912345678'), instance: bytes('i-02') },
    });
    expect(token.length).toBeLessThanOrEqual(TOKEN_MAX_CHARACTERS);
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it('carries any payload that fits', () => {
    const field = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
    const leg: fc.Arbitrary<RouteTokenPayload['originatingLeg']> = fc.oneof(
      fc.constant({ kind: 'none' } as const),
      fc.record({ kind: fc.constant('trunk' as const), trunk: field(10) }),
      fc.record({ kind: fc.constant('binding' as const), addressOfRecord: field(8), instance: field(4) }),
    );
    const payload = fc.record({
      callId: field(12),
      originatingTenant: field(4),
      terminatingTenant: field(4),
      originatingLeg: leg,
      terminatingLeg: leg,
      mediaNode: field(2),
      startTimeSec: fc.integer({ min: 0, max: 0xffffffff }),
    });
    fc.assert(
      fc.property(payload, (any) => {
        const opened = openToken(seal(any), DIALOG, ring(1, 1));
        expect(opened.kind === 'token' && opened.payload).toEqual(any);
      }),
    );
  });

  it('refuses any text without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(openToken(text, DIALOG, ring(1, 1)).kind).toBe('failure');
      }),
    );
  });
});
