import { describe, expect, it } from 'vitest';
import { HashedPin } from './hashed-pin.js';
import {
  DEFAULT_DEFINITION,
  parseAddressOfRecord,
  parsePin,
  parseRoomName,
  type RoomDefinition,
  roomErrors,
} from './room.js';

describe('the name of a room', () => {
  it.each(['daily', 'a', '0', 'sales.berlin_2-x', 'x'.repeat(64)])('may be %s', (name) => {
    expect(parseRoomName(name)).toEqual({ ok: true, value: name });
  });

  it.each(['', 'Daily', 'a b', 'ä', 'a@b', 'x'.repeat(65), 'conference-factory', 'adhoc-0123456789ab', 'rooms'])(
    'is not %j',
    (name) => expect(parseRoomName(name)).toEqual({ ok: false, detail: expect.any(String) }),
  );
});

describe('a PIN', () => {
  it.each([
    ['1234', true],
    ['0123456789', true],
    ['123', false],
    ['12345678901', false],
    ['12a4', false],
    ['', false],
    ['12#4', false],
  ])('%j is one: %s', (text, ok) => expect(parsePin(text).ok).toBe(ok));

  it('matches its own digits and no others, under whatever salt', () => {
    const one = HashedPin.of('4711', new Uint8Array(16).fill(1));
    const other = HashedPin.of('4711', new Uint8Array(16).fill(2));
    for (const pin of [one, other, new HashedPin(one.bytes)]) {
      expect(pin.matches('4711')).toBe(true);
      for (const wrong of ['4712', '471', '47110', '', '\u{134}711']) expect(pin.matches(wrong)).toBe(false);
    }
    expect(Buffer.from(one.bytes).equals(other.bytes)).toBe(false);
    expect(Buffer.from(one.bytes).includes('4711')).toBe(false);
    expect(() => new HashedPin(new Uint8Array(47))).toThrow(TypeError);
  });
});

describe('an address of record', () => {
  it.each([
    ['sip:alice@Acme.Example', ['alice', 'acme.example']],
    ['SIPS:alice@acme.example', ['alice', 'acme.example']],
    ['sip:+4930@192.0.2.1', ['+4930', '192.0.2.1']],
    ['sip:alice@[2001:db8::1]', ['alice', '[2001:db8::1]']],
  ])('is read from %s', (text, value) => expect(parseAddressOfRecord(text)).toEqual({ ok: true, value }));

  it.each(['alice', 'sip:acme.example', 'sip:a@b;x=1', 'sip:a@b?x', 'sip:a:b@c', 'tel:+49', 'sip:a b@c', ''])(
    'is not %j',
    (text) => expect(parseAddressOfRecord(text).ok).toBe(false),
  );
});

describe('the rules of a room', () => {
  it('are kept by the defaults', () => expect(roomErrors(DEFAULT_DEFINITION)).toEqual([]));

  it.each<[Partial<RoomDefinition>, string]>([
    [{ displayName: 'x'.repeat(129) }, 'displayName'],
    [{ subject: 'a\nb' }, 'subject'],
    [{ moderators: ['sip:alice@acme.example', 'bob'] }, 'moderators.1'],
    [{ moderators: Array.from({ length: 101 }, (_, n) => `sip:u${n}@acme.example`) }, 'moderators'],
    [{ maxMembers: -1 }, 'maxMembers'],
    [{ maxMembers: 1.5 }, 'maxMembers'],
    [{ maxMembers: 10_001 }, 'maxMembers'],
    [{ maxDurationSec: 604_801 }, 'maxDurationSec'],
  ])('are broken by %j', (change, field) => {
    expect(roomErrors({ ...DEFAULT_DEFINITION, ...change }).map((error) => error.field)).toEqual([field]);
  });
});
