import { formatUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { type OwnRoutes, preprocessRoutes, type RoutedRequest, type RouteFailure } from './route.js';
import { sampleRequest } from './testing/sample-messages.js';

const OWN: OwnRoutes = {
  isOwn: (uri) => uri.host === 'edge.example.com',
  isResponsibleFor: (host) => host === 'edge.example.com' || host === '192.0.2.10',
};
const UDP = { transport: 'UDP', port: 5060 };

interface Row {
  readonly name: string;
  readonly requestUri?: string;
  readonly route?: readonly string[];
  readonly ingress?: typeof UDP;
  readonly result: Partial<Summary>;
}

interface Summary {
  readonly failure: string | undefined;
  readonly requestUri: string;
  readonly requestSipUri: string | undefined;
  readonly routes: readonly string[];
  readonly popped: readonly string[];
  readonly changed: boolean;
}

/** A result in text. `requestSipUri` has to agree with `requestUri` wherever that is a SIP URI. */
function summary(routed: RoutedRequest | RouteFailure): Partial<Summary> {
  if (routed.kind === 'failure') return { failure: routed.code };
  const { requestUri, requestSipUri, routes, popped, routesChanged } = routed;
  const parsed = requestSipUri === undefined ? undefined : formatUri(requestSipUri);
  if (requestUri.startsWith('sip') && parsed !== requestUri) throw new Error(`${requestUri} was parsed as ${parsed}`);
  return { requestUri, requestSipUri: parsed, routes, popped: popped.map(formatUri), changed: routesChanged };
}

const BOB = 'sip:bob@example.com';

describe('RFC 3261 §16.4', () => {
  it.each<Row>([
    { name: 'no Route', result: { requestUri: BOB, routes: [], popped: [], changed: false } },
    {
      name: 'a foreign Route stays',
      route: ['<sip:p1.test;lr>'],
      result: { requestUri: BOB, routes: ['<sip:p1.test;lr>'], popped: [], changed: false },
    },
    {
      name: 'the own topmost Route is taken off',
      route: ['<sip:tok@edge.example.com:5060;lr>', '<sip:p1.test;lr>'],
      result: { routes: ['<sip:p1.test;lr>'], popped: ['sip:tok@edge.example.com:5060;lr'], changed: true },
    },
    {
      name: 'RFC 5658: both own Routes are taken off, in a list or in lines',
      route: ['<sip:tok@edge.example.com;lr>, <sip:edge.example.com;transport=tcp;lr>', '<sip:p1.test;lr>'],
      result: {
        routes: ['<sip:p1.test;lr>'],
        popped: ['sip:tok@edge.example.com;lr', 'sip:edge.example.com;transport=tcp;lr'],
        changed: true,
      },
    },
    {
      name: 'an own Route below a foreign one stays',
      route: ['<sip:p1.test;lr>', '<sip:edge.example.com;lr>'],
      result: { routes: ['<sip:p1.test;lr>', '<sip:edge.example.com;lr>'], popped: [], changed: false },
    },
    {
      name: 'a strict router: the Request-URI is our Record-Route value, the target is the last Route',
      requestUri: 'sip:tok@edge.example.com;lr',
      route: ['<sip:p1.test;lr>', '<sip:carol@192.0.2.9:5062>'],
      result: {
        requestUri: 'sip:carol@192.0.2.9:5062',
        routes: ['<sip:p1.test;lr>'],
        popped: ['sip:tok@edge.example.com;lr'],
        changed: true,
      },
    },
    {
      name: 'a strict router before a pair of own values (RFC 5658)',
      requestUri: 'sip:tok@edge.example.com;lr',
      route: ['<sip:edge.example.com;transport=tcp;lr>', '<sip:carol@192.0.2.9>'],
      result: {
        requestUri: 'sip:carol@192.0.2.9',
        routes: [],
        popped: ['sip:tok@edge.example.com;lr', 'sip:edge.example.com;transport=tcp;lr'],
      },
    },
    {
      name: 'a Request-URI of ours that was no Record-Route value (no lr) is left alone',
      requestUri: 'sip:edge.example.com',
      route: ['<sip:p1.test;lr>'],
      result: { requestUri: 'sip:edge.example.com', routes: ['<sip:p1.test;lr>'], popped: [] },
    },
    {
      name: 'our Record-Route value without any Route is for us',
      requestUri: 'sip:tok@edge.example.com;lr',
      result: { requestUri: 'sip:tok@edge.example.com;lr', routes: [], popped: [] },
    },
    {
      name: 'maddr of ours on the right port and transport is stripped, with the port and transport',
      requestUri: 'sip:bob:pw@example.com:5080;maddr=192.0.2.10;transport=tcp;user=phone',
      ingress: { transport: 'TCP', port: 5080 },
      result: { requestUri: 'sip:bob:pw@example.com;user=phone', routes: [] },
    },
    {
      name: 'maddr of ours on the defaults',
      requestUri: 'sip:bob@example.com;maddr=192.0.2.10',
      result: { requestUri: BOB },
    },
    {
      name: 'maddr of ours, another port',
      requestUri: 'sip:bob@example.com:5080;maddr=192.0.2.10',
      result: { requestUri: 'sip:bob@example.com:5080;maddr=192.0.2.10' },
    },
    {
      name: 'maddr of ours, another transport',
      requestUri: 'sip:bob@example.com;maddr=192.0.2.10;transport=tcp',
      result: { requestUri: 'sip:bob@example.com;maddr=192.0.2.10;transport=tcp' },
    },
    {
      name: 'maddr of another',
      requestUri: 'sip:bob@example.com;maddr=203.0.113.1',
      result: { requestUri: 'sip:bob@example.com;maddr=203.0.113.1' },
    },
    {
      name: 'maddr is stripped before Route is read',
      requestUri: 'sip:bob@example.com;maddr=192.0.2.10',
      route: ['<sip:edge.example.com;lr>'],
      result: { requestUri: BOB, routes: [], popped: ['sip:edge.example.com;lr'] },
    },
    {
      name: 'a Request-URI without lr param is compared by its host, tel has none',
      requestUri: 'tel:+1555',
      route: ['<sip:edge.example.com;lr>'],
      result: { requestUri: 'tel:+1555', routes: [], popped: ['sip:edge.example.com;lr'] },
    },
    { name: 'a first Route that is no address', route: ['<sip:>'], result: { failure: 'bad-route' } },
    {
      name: 'a last Route that is no address, after a strict router',
      requestUri: 'sip:edge.example.com;lr',
      route: ['<sip:p1.test;lr>, <<<'],
      result: { failure: 'bad-route' },
    },
  ])('$name', ({ requestUri = BOB, route = [], ingress = UDP, result }) => {
    const request = sampleRequest({ requestUri, lines: route.map((value) => `Route: ${value}`) });
    const routed = preprocessRoutes(request, OWN, ingress);
    expect(summary(routed)).toMatchObject(result);
  });
});
