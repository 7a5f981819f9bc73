import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv4, parseIpv4 } from './ipv4.js';

describe('parseIpv4', () => {
  it('reads what formatIpv4 writes, for signed and unsigned numbers', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        const address = parseIpv4(text);
        expect(address).toBeGreaterThanOrEqual(0);
        expect(formatIpv4(address ?? 0)).toBe(text);
        expect(formatIpv4((address ?? 0) | 0)).toBe(text);
      }),
    );
  });

  it.each([
    ['0.0.0.0', 0],
    ['127.0.0.1', 0x7f000001],
    ['192.0.2.255', 0xc00002ff],
    ['255.255.255.255', 0xffffffff],
  ])('reads %s', (text, address) => {
    expect(parseIpv4(text)).toBe(address);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '1.2.3.04',
    '00.1.2.3',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '+1.2.3.4',
    '0x7f.0.0.1',
    '::1',
    'name',
    '1111.2.3.4',
    '100.200.100.200.1',
  ])('reads nothing from "%s"', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  });
});
