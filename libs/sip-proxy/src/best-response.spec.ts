import { Header } from '@ringdown/sip-message';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregatedChallenges, bestResponse, type ResponseCandidate } from './best-response.js';
import { sampleResponse } from './testing/sample-messages.js';

const statuses = (...codes: number[]) => codes.map((statusCode) => ({ statusCode }));

/** Every status that the section lets be chosen, narrowed filter by filter; the first of them received is the answer. */
function oracle(codes: readonly number[], cancelled: boolean): readonly number[] {
  const sixes = codes.filter((status) => status >= 600);
  if (sixes.length > 0) return sixes;
  if (cancelled && codes.includes(487)) return [487];
  const lowestClass = Math.min(...codes.map((status) => Math.trunc(status / 100)));
  const inClass = codes.filter((status) => Math.trunc(status / 100) === lowestClass);
  const filters = [
    (status: number) => [401, 407, 415, 420, 484].includes(status),
    (status: number) => ![404, 408, 480, 487, 503].includes(status),
    (status: number) => status === 404,
    (status: number) => status === 480,
  ];
  for (const filter of filters) {
    const left = inClass.filter(filter);
    if (left.length > 0) return left;
  }
  return inClass;
}

describe('RFC 3261 §16.7 step 6', () => {
  it.each<{ name: string; received: number[]; cancelled?: boolean; best: number | undefined }>([
    { name: 'nothing', received: [], best: undefined },
    { name: 'one', received: [486], best: 486 },
    { name: 'a 6xx wins over all', received: [302, 486, 603, 500], best: 603 },
    { name: 'the first 6xx of several', received: [603, 600], best: 603 },
    { name: 'the lowest class: 3xx before 4xx', received: [486, 302], best: 302 },
    { name: 'the lowest class: 4xx before 5xx', received: [500, 404], best: 404 },
    { name: '401 is preferred in 4xx', received: [486, 401], best: 401 },
    { name: '407 is preferred in 4xx', received: [486, 407], best: 407 },
    { name: '415 is preferred in 4xx', received: [486, 415], best: 415 },
    { name: '420 is preferred in 4xx', received: [486, 420], best: 420 },
    { name: '484 is preferred in 4xx', received: [486, 484], best: 484 },
    { name: 'of two preferred ones the first', received: [420, 401], best: 420 },
    { name: 'busy says more than nobody there', received: [480, 486], best: 486 },
    { name: 'nobody there says more than no answer', received: [408, 480], best: 480 },
    { name: 'unknown says more than nobody there', received: [480, 404], best: 404 },
    { name: 'another 5xx before 503', received: [503, 500], best: 500 },
    { name: '503 when there is nothing else', received: [503], best: 503 },
    { name: 'a cancelled caller gets 487', received: [486, 487, 302], cancelled: true, best: 487 },
    { name: 'even then a 6xx wins', received: [487, 603], cancelled: true, best: 603 },
    { name: 'a cancelled caller without any 487', received: [500, 486], cancelled: true, best: 486 },
  ])('$name: $received → $best', ({ received, cancelled = false, best }) => {
    expect(bestResponse(statuses(...received), cancelled)?.statusCode).toBe(best);
  });

  it('agrees with an oracle that reads the section as filters', () => {
    const code = fc.oneof(
      fc.constantFrom(300, 302, 401, 407, 415, 420, 484, 404, 408, 480, 486, 487, 500, 503, 600, 603),
      fc.integer({ min: 300, max: 699 }),
    );
    fc.assert(
      fc.property(fc.array(code, { minLength: 1, maxLength: 8 }), fc.boolean(), (codes, cancelled) => {
        const best = bestResponse(statuses(...codes), cancelled)?.statusCode ?? 0;
        expect(best).toBe(codes.find((status) => oracle(codes, cancelled).includes(status)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('RFC 3261 §16.7 step 7', () => {
  const candidate = (statusCode: number, lines: string[]): ResponseCandidate => ({
    statusCode,
    response: sampleResponse(statusCode, lines),
    branch: 0,
    remainingContacts: undefined,
  });
  const first = candidate(401, ['WWW-Authenticate: Digest realm="one"']);
  const second = candidate(407, ['Proxy-Authenticate: Digest realm="two"', 'Proxy-Authenticate: Digest realm="three"']);
  const third = candidate(401, ['WWW-Authenticate: Digest realm="four"', 'Proxy-Authenticate: Digest realm="five"']);
  const busy = candidate(486, ['WWW-Authenticate: Digest realm="six"']);
  const silent: ResponseCandidate = { ...busy, statusCode: 408, response: undefined };
  it.each<{ name: string; chosen: ResponseCandidate; fields: [number, string][] }>([
    {
      name: 'a chosen 401 carries the challenges of all other 401 and 407',
      chosen: first,
      fields: [
        [Header.ProxyAuthenticate, 'Digest realm="two"'],
        [Header.ProxyAuthenticate, 'Digest realm="three"'],
        [Header.WwwAuthenticate, 'Digest realm="four"'],
        [Header.ProxyAuthenticate, 'Digest realm="five"'],
      ],
    },
    {
      name: 'a chosen 407 likewise',
      chosen: second,
      fields: [
        [Header.WwwAuthenticate, 'Digest realm="one"'],
        [Header.WwwAuthenticate, 'Digest realm="four"'],
        [Header.ProxyAuthenticate, 'Digest realm="five"'],
      ],
    },
    { name: 'any other answer carries none', chosen: busy, fields: [] },
  ])('$name', ({ chosen, fields }) => {
    expect(aggregatedChallenges(chosen, [first, second, third, busy, silent])).toEqual(fields);
  });
});
