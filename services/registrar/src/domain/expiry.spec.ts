import { describe, expect, it } from 'vitest';
import { register } from '../testing/requests.js';
import { briefestExpiry, contactExpiry, requestedExpiry } from './expiry.js';

const bounds = { minSec: 60, maxSec: 7200, defaultSec: 1800 };

describe('contactExpiry (RFC 3261 §10.3 step 7)', () => {
  it.each<[string, number | undefined, number | undefined, number | 'too-brief']>([
    ['the contact’s own', 300, 600, 300],
    ['the header’s', undefined, 600, 600],
    ['the default', undefined, undefined, 1800],
    ['a removal by the contact', 0, 600, 0],
    ['a removal by the header', undefined, 0, 0],
    ['the contact’s own over a removal by the header', 300, 0, 300],
    ['the minimum itself', 60, undefined, 60],
    ['less than the minimum', 59, undefined, 'too-brief'],
    ['less than the minimum in the header', undefined, 1, 'too-brief'],
    ['the maximum itself', 7200, undefined, 7200],
    ['more than the maximum, shortened', 7201, undefined, 7200],
    ['the greatest value of RFC 3261 §20.19', 4_294_967_295, undefined, 7200],
  ])('%s', (_, own, requested, expected) => {
    expect(contactExpiry(own, requested, bounds)).toBe(expected);
  });

  it('an hour is never too brief, whatever the minimum', () => {
    const strict = { minSec: 7200, maxSec: 86_400, defaultSec: 7200 };
    expect(briefestExpiry(strict)).toBe(3600);
    expect(contactExpiry(3600, undefined, strict)).toBe(3600);
    expect(contactExpiry(3599, undefined, strict)).toBe('too-brief');
  });
});

describe('requestedExpiry', () => {
  it.each<[readonly string[], number | undefined]>([
    [[], undefined],
    [['Expires: 0'], 0],
    [['Expires: 300'], 300],
    [['Expires: 99999999999'], 4_294_967_295],
    [['Expires: soon'], 3600],
  ])('%j is %s', (lines, expected) => {
    expect(requestedExpiry(register(lines))).toBe(expected);
  });
});
