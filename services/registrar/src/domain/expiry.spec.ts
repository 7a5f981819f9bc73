import { describe, expect, it } from 'vitest';
import { register } from '../testing/requests.js';
import { briefestExpiry, contactExpiry, requestedExpiry, spreadExpiry } from './expiry.js';

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

describe('spreadExpiry', () => {
  const requests = Array.from({ length: 1000 }, (_, index) => register([], { callId: `phone-${index}`, cseq: '7' }));
  const spread = (expiresSec: number, minSec = 60): number[] =>
    requests.map((request) => spreadExpiry(expiresSec, 0.1, request, { ...bounds, minSec }));

  it('takes up to a tenth off, evenly', () => {
    const granted = spread(3600);
    expect(Math.min(...granted)).toBeGreaterThan(3240);
    expect(Math.max(...granted)).toBeLessThanOrEqual(3600);
    for (const [from, to] of [
      [3240, 3360],
      [3360, 3480],
      [3480, 3601],
    ] as const) {
      const within = granted.filter((each) => each >= from && each < to).length;
      expect(within).toBeGreaterThan(250);
      expect(within).toBeLessThan(420);
    }
  });

  it('takes the same off the same request, and another amount off the next', () => {
    const again = register([], { callId: 'phone-1', cseq: '7' });
    const next = register([], { callId: 'phone-1', cseq: '8' });
    const granted = (request: typeof again): number => spreadExpiry(3600, 0.1, request, bounds);
    expect(granted(again)).toBe(granted(requests[1]!));
    expect(granted(next)).not.toBe(granted(again));
  });

  it.each<[string, number, number, number]>([
    ['never below the minimum', 3600, 3500, 3500],
    ['never below the minimum that asks for it', 60, 60, 60],
    ['nothing off what is shorter than a minute', 59, 1, 59],
    ['nothing off a removal', 0, 60, 0],
  ])('takes %s', (_, expiresSec, minSec, least) => {
    expect(Math.min(...spread(expiresSec, minSec))).toBe(least);
  });
});
