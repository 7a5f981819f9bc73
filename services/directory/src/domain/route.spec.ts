import { describe, expect, it } from 'vitest';
import {
  compareBySpecificity,
  findRoute,
  parseContactUri,
  parseDomainPattern,
  parseSipUri,
  type RouteMatch,
  routeErrors,
  routeMatches,
} from './route.js';

const domain = (pattern: string): RouteMatch => ({ kind: 'domain', domain: pattern });
const prefix = (digits: string): RouteMatch => ({ kind: 'number-prefix', numberPrefix: digits });

describe('routeMatches', () => {
  it.each<[RouteMatch, string | undefined, string | undefined, boolean]>([
    [domain('a.example'), 'a.example', undefined, true],
    [domain('a.example'), 'b.a.example', undefined, false],
    [domain('*.a.example'), 'b.a.example', undefined, true],
    [domain('*.a.example'), 'c.b.a.example', undefined, true],
    [domain('*.a.example'), 'a.example', undefined, false],
    [domain('*.a.example'), 'ba.example', undefined, false],
    [domain('*'), 'anything.example', '+49', true],
    [domain('*'), undefined, '+49', false],
    [prefix('+4930'), 'a.example', '+493012', true],
    [prefix('+4930'), 'a.example', '+493', false],
    [prefix('+'), undefined, '+1', true],
    [prefix('+'), 'a.example', undefined, false],
  ])('%j for %s and %s: %s', (match, host, number, expected) => {
    expect(routeMatches(match, { domain: host, number })).toBe(expected);
  });
});

describe('findRoute in the order of compareBySpecificity', () => {
  const routes = [
    domain('*'),
    prefix('+'),
    domain('*.example'),
    prefix('+4930'),
    domain('*.a.example'),
    prefix('+49'),
    domain('b.a.example'),
  ]
    .map((match) => ({ match }))
    .sort((a, b) => compareBySpecificity(a.match, b.match));

  it('orders numbers before domains, and the more specific first', () => {
    expect(routes.map(({ match }) => (match.kind === 'domain' ? match.domain : match.numberPrefix))).toEqual([
      '+4930',
      '+49',
      '+',
      'b.a.example',
      '*.a.example',
      '*.example',
      '*',
    ]);
  });

  it.each([
    ['a longer prefix', 'a.example', '+493099', prefix('+4930')],
    ['a shorter prefix', 'a.example', '+498912', prefix('+49')],
    ['any number', 'a.example', '+12', prefix('+')],
    ['the very domain', 'b.a.example', undefined, domain('b.a.example')],
    ['a domain below', 'c.a.example', undefined, domain('*.a.example')],
    ['a domain further above', 'z.example', undefined, domain('*.example')],
    ['any domain', 'other.test', undefined, domain('*')],
  ])('takes %s', (_name, host, number, match) => {
    expect(findRoute(routes, { domain: host, number })?.match).toEqual(match);
  });

  it('finds nothing where nothing matches', () => {
    expect(findRoute(routes.slice(0, 3), { domain: 'a.example', number: undefined })).toBeUndefined();
  });
});

describe('URIs of routes', () => {
  it.each([
    'sip:gw.example',
    'sips:gw.example:5061',
    'sip:user@gw.example;transport=tcp',
    'sip:[2001:db8::1]:5060',
    'SIP:10.0.0.1;lr',
    'sip:a@b?Subject=x',
  ])('takes %s', (uri) => expect(parseSipUri(uri)).toEqual({ ok: true, value: uri }));
  it.each([
    '',
    'gw.example',
    'sip:',
    'sip:@gw.example',
    'sip:gw.example:0',
    'sip:gw.example:70000',
    'sip:a b@gw.example',
    'sip:gw.example>',
    'sip:gw.example\r\nX: y',
    'sip:_x',
    'http://gw.example',
    'tel:+49',
    `sip:${'a'.repeat(600)}@b`,
  ])('refuses %j', (uri) => expect(parseSipUri(uri).ok).toBe(false));
  it.each(['tel:+4930', 'tel:112;phone-context=acme.example', 'sip:a@b.example'])('takes %s for a contact', (uri) => {
    expect(parseContactUri(uri).ok).toBe(true);
  });
  it.each(['tel:', 'mailto:a@b', 'tel:+49<'])('refuses %s for a contact', (uri) =>
    expect(parseContactUri(uri).ok).toBe(false),
  );
});

describe('parseDomainPattern', () => {
  it.each([
    ['*', '*'],
    ['*.Example.COM', '*.example.com'],
    ['a.example.', 'a.example'],
    ['10.0.0.1', '10.0.0.1'],
  ])('reads %s as %s', (text, pattern) => expect(parseDomainPattern(text)).toEqual({ ok: true, value: pattern }));
  it.each(['', '*.', '**', 'a.*', '*a.example', '*.10.0.0.1', '*.[::1]'])('refuses %j', (text) => {
    expect(parseDomainPattern(text).ok).toBe(false);
  });
});

describe('routeErrors', () => {
  it('names a contact that is listed twice', () => {
    const contact = (uri: string) => ({ uri, qThousandths: 1000 });
    const action = {
      kind: 'redirect',
      statusCode: 302,
      contacts: [contact('sip:a@b'), contact('sip:c@d'), contact('sip:a@b')],
    } as const;
    expect(routeErrors({ match: domain('*'), action, trustClass: 'peer' })).toEqual([
      { field: 'action.contacts.2.uri', detail: 'is listed twice' },
    ]);
  });
});
