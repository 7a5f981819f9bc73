import { readFileSync } from 'node:fs';
import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { branchWithDigest, loopDigest } from './loop.js';
import { requestFrom, type SampleRequest, sampleRequest } from './testing/sample-messages.js';
import {
  DEFAULT_MAX_BREADTH,
  incomingMaxBreadth,
  ROUTED_SCHEMES,
  type ValidationRules,
  validateRequest,
} from './validate.js';

const RULES: ValidationRules = {
  schemes: ROUTED_SCHEMES,
  proxyExtensions: new Set(['gruu']),
  isOwnVia: (via) => via.host === 'edge.example.com',
};

describe('RFC 3261 §16.3', () => {
  it.each<{ name: string; sample: SampleRequest; result: string }>([
    { name: 'a plain INVITE passes', sample: {}, result: 'passes' },
    { name: 'step 2: sips', sample: { requestUri: 'sips:bob@example.com' }, result: 'passes' },
    { name: 'step 2: tel', sample: { requestUri: 'tel:+15551234' }, result: 'passes' },
    { name: 'step 2: scheme in capitals', sample: { requestUri: 'SIP:bob@example.com' }, result: 'passes' },
    { name: 'step 2: emergency service', sample: { requestUri: 'urn:service:sos' }, result: 'passes' },
    {
      name: 'step 2: unknown scheme',
      sample: { requestUri: 'http://example.com/' },
      result: '416 scheme-not-supported',
    },
    { name: 'step 3: Max-Forwards 1', sample: { maxForwards: 1 }, result: 'passes' },
    { name: 'step 3: no Max-Forwards', sample: { maxForwards: null }, result: 'passes' },
    { name: 'step 3: Max-Forwards 0', sample: { maxForwards: 0 }, result: '483 max-forwards-spent' },
    {
      name: 'step 3: Max-Forwards 0 of an OPTIONS',
      sample: { method: 'OPTIONS', maxForwards: 0 },
      result: '483 options-for-this-hop',
    },
    { name: 'step 5: Proxy-Require that is understood', sample: { lines: ['Proxy-Require: GRUU'] }, result: 'passes' },
    {
      name: 'step 5: Proxy-Require that is not',
      sample: { lines: ['Proxy-Require: gruu, nothingSupportsThis', 'Proxy-Require: norThat'] },
      result: '420 extension-not-supported Unsupported: nothingSupportsThis, norThat',
    },
    {
      name: 'step 5: Require is for the user agent server',
      sample: { lines: ['Require: nothingSupportsThis'] },
      result: 'passes',
    },
    { name: 'RFC 5393 §5: Max-Breadth 1', sample: { lines: ['Max-Breadth: 1'] }, result: 'passes' },
    { name: 'RFC 5393 §5: Max-Breadth 0', sample: { lines: ['Max-Breadth: 0'] }, result: '440 max-breadth-spent' },
    {
      name: 'RFC 5393 §5: Max-Breadth is a number',
      sample: { lines: ['Max-Breadth: -1'] },
      result: '400 bad-max-breadth',
    },
    {
      name: 'RFC 5393 §5: one Max-Breadth',
      sample: { lines: ['Max-Breadth: 1', 'Max-Breadth: 2'] },
      result: '400 bad-max-breadth',
    },
    {
      name: 'the scheme is judged before Max-Forwards',
      sample: { requestUri: 'x:y', maxForwards: 0 },
      result: '416 scheme-not-supported',
    },
  ])('$name: $result', ({ sample, result }) => {
    const rejection = validateRequest(sampleRequest(sample), RULES);
    const said =
      rejection === undefined
        ? 'passes'
        : [
            `${rejection.statusCode} ${rejection.code}`,
            ...rejection.headers.map(([id, value]) => `${id === Header.Unsupported ? 'Unsupported' : id}: ${value}`),
          ].join(' ');
    expect(said).toBe(result);
    expect(rejection?.reasonPhrase).not.toBe('');
  });

  it.each([
    { lines: [], breadth: DEFAULT_MAX_BREADTH },
    { lines: ['Max-Breadth: 7'], breadth: 7 },
    { lines: ['Max-Breadth: 99999999999'], breadth: undefined },
  ])('breadth of $lines is $breadth', ({ lines, breadth }) => {
    expect(incomingMaxBreadth(sampleRequest({ lines }))).toBe(breadth);
  });
});

describe('RFC 5393 §4.2 loop detection', () => {
  const through = (first: SampleRequest, second: SampleRequest): number | undefined => {
    const branch = branchWithDigest('z9hG4bKedge-7', loopDigest(sampleRequest(first)));
    const via = ['SIP/2.0/TCP far.example.org;branch=z9hG4bKfar', `SIP/2.0/UDP edge.example.com:5060;branch=${branch}`];
    return validateRequest(sampleRequest({ via, ...second }), RULES)?.statusCode;
  };
  it.each<{ name: string; first: SampleRequest; second: SampleRequest; status: number | undefined }>([
    { name: 'the same request again is a loop', first: {}, second: {}, status: 482 },
    { name: 'Max-Forwards does not matter', first: {}, second: { maxForwards: 12 }, status: 482 },
    {
      name: 'another Request-URI is a spiral',
      first: {},
      second: { requestUri: 'sip:carol@example.com' },
      status: undefined,
    },
    {
      name: 'another Route is a spiral',
      first: {},
      second: { lines: ['Route: <sip:p.example.org;lr>'] },
      status: undefined,
    },
    { name: 'another From tag', first: {}, second: { fromTag: 'a2' }, status: undefined },
    { name: 'another To tag', first: {}, second: { toTag: 'b1' }, status: undefined },
    { name: 'another Call-ID', first: {}, second: { callId: 'call-2' }, status: undefined },
    {
      name: 'other credentials',
      first: {},
      second: { lines: ['Proxy-Authorization: Digest username="x"'] },
      status: undefined,
    },
    { name: 'another Proxy-Require', first: {}, second: { lines: ['Proxy-Require: gruu'] }, status: undefined },
  ])('$name', ({ first, second, status }) => {
    expect(through(first, second)).toBe(status);
  });

  it('does not read the digest of a Via that others wrote', () => {
    const branch = branchWithDigest('z9hG4bKedge-7', loopDigest(sampleRequest()));
    const via = [`SIP/2.0/UDP edge.example.org:5060;branch=${branch}`];
    expect(validateRequest(sampleRequest({ via }), RULES)).toBeUndefined();
  });

  it('finds the own Via anywhere in a list', () => {
    const branch = branchWithDigest('z9hG4bKedge-7', loopDigest(sampleRequest()));
    const via = [
      `SIP/2.0/UDP a.test;branch=z9hG4bKa, SIP/2.0/UDP edge.example.com;branch=${branch}, SIP/2.0/UDP c.test`,
    ];
    expect(validateRequest(sampleRequest({ via }), RULES)?.statusCode).toBe(482);
  });

  it('gives a CANCEL the digest of its INVITE', () => {
    expect(loopDigest(sampleRequest({ method: 'CANCEL' }))).toBe(loopDigest(sampleRequest()));
    expect(loopDigest(sampleRequest())).toMatch(/^[0-9a-z]{1,11}$/);
  });
});

describe('RFC 4475 messages that a proxy decides', () => {
  const torture = (name: string) =>
    requestFrom(
      readFileSync(new URL(`../../sip-message/fixtures/torture/rfc4475/${name}.dat`, import.meta.url), 'latin1'),
    );
  it.each([
    { name: 'unkscm', result: '416' },
    { name: 'novelsc', result: '416' },
    { name: 'bext01', result: '420 noProxiesSupportThis, norDoAnyProxiesSupportThis' },
    { name: 'zeromf', result: '483' },
    { name: 'invut', result: 'forwarded' },
    { name: 'sdp01', result: 'forwarded' },
    { name: 'wsinv', result: 'forwarded' },
    { name: 'esc01', result: 'forwarded' },
    { name: 'semiuri', result: 'forwarded' },
    { name: 'transports', result: 'forwarded' },
    { name: 'longreq', result: 'forwarded' },
    { name: 'dblreq', result: 'forwarded' },
    { name: 'inv2543', result: 'forwarded' },
    { name: 'badbranch', result: 'forwarded' },
  ])('$name: $result', ({ name, result }) => {
    const rejection = validateRequest(torture(name), RULES);
    const said =
      rejection === undefined
        ? 'forwarded'
        : [rejection.statusCode, ...rejection.headers.map(([, value]) => value)].join(' ');
    expect(said).toBe(result);
  });
});
