import { readFileSync } from 'node:fs';
import { Header, type SipRequest } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { type ForwardOptions, forwardRequest } from './forward.js';
import { loopDigest } from './loop.js';
import { preprocessRoutes } from './route.js';
import { requestFrom, type SampleRequest, sampleRequest } from './testing/sample-messages.js';

const OWN = { isOwn: (uri: { host: string }) => uri.host === 'edge.example.com', isResponsibleFor: () => false };

function forward(sample: SampleRequest, options: Partial<ForwardOptions> = {}) {
  const request = sampleRequest(sample);
  const routed = preprocessRoutes(request, OWN, { transport: 'UDP', port: 5060 });
  if (routed.kind === 'failure') throw new Error(routed.reason);
  const via = { transport: 'UDP', sentBy: 'edge.example.com:5060', branch: 'z9hG4bKe1' };
  const sent = forwardRequest(request, { routed, via, loopDigest: loopDigest(request), maxBreadth: 60, ...options });
  return { request, sent, copy: requestFrom(sent.raw) };
}

describe('RFC 3261 §16.6', () => {
  it('step 1: bytes that are not the proxy’s to change stay as they are', () => {
    const body = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=\xe9\xff\x00\r\n';
    const odd = ['Subject:   Caf\xe9 ', 'X-Unknown :\tone,\r\n two', 'c: application/sdp', 's: short'];
    const { request, copy, sent } = forward({ lines: odd, body });
    expect(copy.body).toBe(body);
    for (const line of odd) expect(sent.raw).toContain(`\r\n${line}\r\n`);
    const changed = new Set<number>([Header.Via, Header.MaxForwards, Header.MaxBreadth]);
    const kept = (message: SipRequest) => message.headers().filter((line) => !changed.has(line.id));
    expect(kept(copy)).toEqual(kept(request));
  });

  it.each<{ name: string; sample?: SampleRequest; options?: Partial<ForwardOptions>; uri: string }>([
    { name: 'no new target', uri: 'sip:bob@example.com' },
    {
      name: 'the target replaces it',
      options: { targetUri: 'sip:bob@192.0.2.4:5062;transport=udp' },
      uri: 'sip:bob@192.0.2.4:5062;transport=udp',
    },
    {
      name: 'headers of the target are dropped',
      options: { targetUri: 'sip:bob@192.0.2.4?Subject=x&Priority=y' },
      uri: 'sip:bob@192.0.2.4',
    },
    {
      name: 'a method parameter is dropped',
      options: { targetUri: 'sip:bob@192.0.2.4;Method=INVITE;lr;x=1' },
      uri: 'sip:bob@192.0.2.4;lr;x=1',
    },
    {
      name: 'the user part may look like either',
      options: { targetUri: 'sip:b?o;method=b@192.0.2.4' },
      uri: 'sip:b?o;method=b@192.0.2.4',
    },
    {
      name: 'escapes are never undone',
      sample: { requestUri: 'sip:sips%3Auser%40example.com@example.net' },
      uri: 'sip:sips%3Auser%40example.com@example.net',
    },
  ])('step 2, the Request-URI: $name', ({ sample = {}, options, uri }) => {
    const { copy, sent } = forward(sample, options);
    expect(copy.requestUri).toBe(uri);
    expect(sent.nextHopUri).toBe(uri);
  });

  it.each([
    { maxForwards: 70, sent: 69 },
    { maxForwards: 1, sent: 0 },
    { maxForwards: 255, sent: 254 },
    { maxForwards: null, sent: 70 },
  ])('step 3: Max-Forwards $maxForwards becomes $sent', ({ maxForwards, sent }) => {
    expect(forward({ maxForwards }).copy.maxForwards).toBe(sent);
  });

  it('step 3: a spent Max-Forwards is never forwarded', () => {
    expect(() => forward({ maxForwards: 0 })).toThrow(/Max-Forwards/);
  });

  it('step 4: Record-Route goes above what others wrote, the callee’s side first', () => {
    const recordRoutes = ['<sip:tok@edge.example.com:5060;transport=tcp;lr>', '<sip:edge.example.com:5060;lr>'];
    const { copy } = forward({ lines: ['Record-Route: <sip:p1.test;lr>'] }, { recordRoutes });
    expect(copy.list(Header.RecordRoute)).toEqual([...recordRoutes, '<sip:p1.test;lr>']);
    expect(forward({}).copy.has(Header.RecordRoute)).toBe(false);
  });

  it('step 5: fields are added and taken off', () => {
    const { copy } = forward(
      {
        lines: [
          'Proxy-Authorization: Digest username="alice"',
          'P-Asserted-Identity: <sip:eve@evil.test>',
          'Path: <sip:p1.test>',
        ],
      },
      {
        removedHeaders: [Header.ProxyAuthorization, Header.PAssertedIdentity],
        addedHeaders: [
          [Header.PAssertedIdentity, '<sip:alice@example.com>'],
          ['X-Trunk', '7'],
          [Header.Path, '<sip:p2.test>'],
        ],
      },
    );
    expect(copy.has(Header.ProxyAuthorization)).toBe(false);
    expect(copy.values(Header.PAssertedIdentity)).toEqual(['<sip:alice@example.com>']);
    expect(copy.named('x-trunk')).toEqual(['7']);
    expect(copy.values(Header.Path)).toEqual(['<sip:p1.test>', '<sip:p2.test>']);
  });

  it.each([
    { lines: [], maxBreadth: 60 },
    { lines: ['Max-Breadth: 9'], maxBreadth: 3 },
  ])('RFC 5393 §5.3: Max-Breadth is $maxBreadth, once', ({ lines, maxBreadth }) => {
    expect(forward({ lines }, { maxBreadth }).copy.values(Header.MaxBreadth)).toEqual([String(maxBreadth)]);
  });

  it.each<{
    name: string;
    route: string[];
    options?: Partial<ForwardOptions>;
    routes: string[];
    requestUri: string;
    nextHop: string;
  }>([
    {
      name: 'no Route left: the Request-URI',
      route: ['<sip:edge.example.com;lr>'],
      routes: [],
      requestUri: 'sip:bob@example.com',
      nextHop: 'sip:bob@example.com',
    },
    {
      name: 'a loose router stays on top',
      route: ['<sip:edge.example.com;lr>', '<sip:p1.test;lr>'],
      routes: ['<sip:p1.test;lr>'],
      requestUri: 'sip:bob@example.com',
      nextHop: 'sip:p1.test;lr',
    },
    {
      name: 'untouched Routes stay',
      route: ['"P, one" <sip:p1.test;lr>;x=1', '<sip:p2.test;lr>'],
      routes: ['"P, one" <sip:p1.test;lr>;x=1', '<sip:p2.test;lr>'],
      requestUri: 'sip:bob@example.com',
      nextHop: 'sip:p1.test;lr',
    },
    {
      name: 'a strict router gets itself as the Request-URI, the target goes last',
      route: ['<sip:p1.test>', '<sip:p2.test;lr>'],
      routes: ['<sip:p2.test;lr>', '<sip:bob@example.com>'],
      requestUri: 'sip:p1.test',
      nextHop: 'sip:p1.test',
    },
    {
      name: 'a strict router alone',
      route: ['<sip:p1.test>'],
      routes: ['<sip:bob@example.com>'],
      requestUri: 'sip:p1.test',
      nextHop: 'sip:p1.test',
    },
    {
      name: 'RFC 3327 §5.4: the Path of a binding goes above',
      route: [],
      options: { routes: ['<sip:edge2.test;lr>', '<sip:p9.test;lr>'], targetUri: 'sip:bob@192.0.2.4' },
      routes: ['<sip:edge2.test;lr>', '<sip:p9.test;lr>'],
      requestUri: 'sip:bob@192.0.2.4',
      nextHop: 'sip:edge2.test;lr',
    },
    {
      name: 'proxies to visit go above the Routes that remain',
      route: ['<sip:edge.example.com;lr>', '<sip:p1.test;lr>'],
      options: { routes: ['<sip:p0.test;lr>'] },
      routes: ['<sip:p0.test;lr>', '<sip:p1.test;lr>'],
      requestUri: 'sip:bob@example.com',
      nextHop: 'sip:p0.test;lr',
    },
    {
      name: 'a strict router in Path, new target',
      route: [],
      options: { routes: ['<sip:p9.test>'], targetUri: 'sip:bob@192.0.2.4' },
      routes: ['<sip:bob@192.0.2.4>'],
      requestUri: 'sip:p9.test',
      nextHop: 'sip:p9.test',
    },
  ])('steps 6 and 7: $name', ({ route, options, routes, requestUri, nextHop }) => {
    const { copy, sent } = forward({ lines: route.map((value) => `Route: ${value}`) }, options);
    expect(copy.list(Header.Route)).toEqual(routes);
    expect(copy.requestUri).toBe(requestUri);
    expect(sent.nextHopUri).toBe(nextHop);
  });

  it('step 8: our Via is the topmost, its branch is unique and carries the loop digest', () => {
    const { copy, sent, request } = forward(
      {},
      { via: { transport: 'TCP', sentBy: '[2001:db8::9]:5060', branch: 'z9hG4bKe1.77', params: ';rport' } },
    );
    expect(copy.topmostVia.transport).toBe('TCP');
    expect(copy.topmostVia.host).toBe('[2001:db8::9]');
    expect(copy.topmostVia.rport).toBe(true);
    expect(copy.topmostVia.branch).toBe(sent.branch);
    expect(sent.branch).toBe(`z9hG4bKe1.77.${loopDigest(request)}`);
    expect(copy.list(Header.Via).slice(1)).toEqual(request.list(Header.Via));
  });

  it('step 9: a missing Content-Length is added', () => {
    const raw = sampleRequest({ body: 'hello' }).raw.replace('Content-Length: 5\r\n', '');
    const request = requestFrom(raw);
    const routed = preprocessRoutes(request, OWN, { transport: 'UDP', port: 5060 });
    if (routed.kind === 'failure') throw new Error(routed.reason);
    const via = { transport: 'TCP', sentBy: 'e.test', branch: 'z9hG4bK1' };
    const { raw: sent } = forwardRequest(request, { routed, via, loopDigest: 'd', maxBreadth: 1 });
    expect(requestFrom(sent).values(Header.ContentLength)).toEqual(['5']);
  });
});

describe('RFC 4475 messages on their way through', () => {
  it.each(['invut', 'sdp01', 'wsinv', 'esc01', 'semiuri', 'transports', 'longreq', 'dblreq', 'inv2543', 'badbranch'])(
    '%s keeps its Request-URI, its body and every field that is not the proxy’s',
    (name) => {
      const file = new URL(`../../sip-message/fixtures/torture/rfc4475/${name}.dat`, import.meta.url);
      const request = requestFrom(readFileSync(file, 'latin1'));
      const routed = preprocessRoutes(request, OWN, { transport: 'UDP', port: 5060 });
      if (routed.kind === 'failure') throw new Error(routed.reason);
      const via = { transport: 'UDP', sentBy: 'edge.example.com', branch: 'z9hG4bKe1' };
      const { raw } = forwardRequest(request, { routed, via, loopDigest: loopDigest(request), maxBreadth: 60 });
      const copy = requestFrom(raw);
      expect(copy.requestUri).toBe(request.requestUri);
      expect(copy.method).toBe(request.method);
      expect(copy.body).toBe(request.body);
      expect(copy.maxForwards).toBe((request.maxForwards ?? 71) - 1);
      expect(copy.list(Header.Via).slice(1)).toEqual(request.list(Header.Via));
      const changed = new Set<number>([Header.Via, Header.MaxForwards, Header.MaxBreadth, Header.ContentLength]);
      const kept = (message: SipRequest) => message.headers().filter((line) => !changed.has(line.id));
      expect(kept(copy)).toEqual(kept(request));
    },
  );
});
