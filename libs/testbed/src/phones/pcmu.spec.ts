import { expect, it } from 'vitest';
import { byteOf, linearOf } from './pcmu.js';

it.each([
  ['silence', 0, 0xff],
  ['the loudest', 32_124, 0x80],
  ['the loudest below', -32_124, 0x00],
  ['the first step', 8, 0xfe],
])('has the byte of ITU-T G.711 for %s', (_, sample, byte) => {
  expect(byteOf(sample)).toBe(byte);
  expect(linearOf(byte)).toBe(sample);
});

it('gives back every byte but one of the two that mean silence', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 0x7f);
  expect(bytes.map((byte) => byteOf(linearOf(byte)))).toEqual(bytes);
});
