import type { directory } from '@ringdown/contracts';
import { describe, expect, it } from 'vitest';
import { requested, route, tenant, toDomain, toNumbers } from '../testing/fixtures.js';
import { chooseRedirection, type Side } from './redirection.js';

const there = [['sip:there.example', 1000]] as const;

describe('chooseRedirection', () => {
  it.each<[string, Side, string, directory.Route['match'], boolean]>([
    ['own', 'own', 'sip:bob@demo.ringdown.test', toDomain('demo.ringdown.test'), true],
    ['own, any case', 'own', 'sip:bob@DEMO.ringdown.test', toDomain('demo.ringdown.test'), true],
    ['own, by another alias', 'own', 'sip:bob@localhost', toDomain('demo.ringdown.test'), false],
    ['own, by "*"', 'own', 'sip:bob@demo.ringdown.test', toDomain('*'), false],
    ['own, by a tail', 'own', 'sip:bob@demo.ringdown.test', toDomain('*.ringdown.test'), false],
    ['own, by number', 'own', 'sip:+4930123@demo.ringdown.test', toNumbers('+4930'), true],
    ['own, by another number', 'own', 'sip:+4940123@demo.ringdown.test', toNumbers('+4930'), false],
    ['own, no number', 'own', 'sip:bob@demo.ringdown.test', toNumbers('+'), false],
    ['outside', 'outside', 'sip:bob@b.example', toDomain('b.example'), true],
    ['outside, by "*"', 'outside', 'sip:bob@b.example', toDomain('*'), true],
    ['outside, by a tail', 'outside', 'sip:bob@a.b.example', toDomain('*.b.example'), true],
    ['outside, a tail is not the domain itself', 'outside', 'sip:bob@b.example', toDomain('*.b.example'), false],
    ['outside, a tail is not a suffix', 'outside', 'sip:bob@ab.example', toDomain('*.b.example'), false],
    ['a tel URI by number', 'outside', 'tel:+4930123', toNumbers('+49'), true],
    ['a tel URI has no domain', 'outside', 'tel:+4930123', toDomain('*'), false],
    ['a route without match', 'outside', 'sip:bob@b.example', undefined, false],
  ])('%s', (_, side, uri, match, found) => {
    const routes = [{ ...route(toDomain('x'), there), match }];
    expect(chooseRedirection(tenant(), side, requested(uri), routes)).toMatchObject(
      found ? { kind: 'redirection', statusCode: 302 } : { kind: 'refusal', statusCode: 404 },
    );
  });

  it('takes the first route that matches', () => {
    const routes = [
      route(toNumbers('+4930'), [['sip:a.example', 1000]], 301),
      route(toNumbers('+49'), [['sip:b.example', 1000]]),
    ];
    expect(chooseRedirection(tenant(), 'own', requested('sip:+4930123@demo.ringdown.test'), routes)).toEqual({
      kind: 'redirection',
      statusCode: 301,
      contacts: [{ uri: 'sip:a.example', qThousandths: 1000 }],
      addressOfRecord: 'sip:+4930123@demo.ringdown.test',
    });
  });

  it.each([
    [300, 300],
    [301, 301],
    [302, 302],
    [0, 302],
    [399, 302],
  ])('a route’s %i is answered as %i', (statusCode, expected) => {
    const routes = [route(toDomain('b.example'), there, statusCode)];
    expect(chooseRedirection(tenant(), 'outside', requested('sip:a@b.example'), routes)).toMatchObject({
      statusCode: expected,
    });
  });

  it('offers the bindings of the canonical address of record at home, and nobody’s outside', () => {
    const routes = [route(toDomain('localhost'), there)];
    const home = chooseRedirection(tenant(), 'own', requested('sip:b%6Fb:pw@localhost:5080;x=y'), routes);
    expect(home).toMatchObject({ addressOfRecord: 'sip:bob@demo.ringdown.test' });
    const outside = chooseRedirection(tenant(), 'outside', requested('sip:bob@localhost'), routes);
    expect(outside).toMatchObject({ kind: 'redirection', addressOfRecord: undefined });
  });

  it('redirects to bindings by default where the tenant says so', () => {
    const redirecting = tenant({ redirectsByDefault: true });
    const bob = requested('sip:bob@demo.ringdown.test');
    expect(chooseRedirection(redirecting, 'own', bob, [])).toEqual({
      kind: 'redirection',
      statusCode: 302,
      contacts: [],
      addressOfRecord: 'sip:bob@demo.ringdown.test',
    });
    expect(chooseRedirection(redirecting, 'outside', bob, [])).toMatchObject({ kind: 'refusal', statusCode: 404 });
    expect(chooseRedirection(tenant(), 'own', bob, [])).toMatchObject({ kind: 'refusal', statusCode: 404 });
  });

  it('leaves alone what a route sends elsewhere', () => {
    const routes = [
      {
        ...route(toDomain('demo.ringdown.test'), []),
        action: { $case: 'session', value: { service: 'pbx' } } as const,
      },
    ];
    const redirecting = tenant({ redirectsByDefault: true });
    expect(chooseRedirection(redirecting, 'own', requested('sip:bob@demo.ringdown.test'), routes)).toMatchObject({
      kind: 'refusal',
      statusCode: 404,
    });
  });

  it('refuses for a disabled tenant', () => {
    expect(
      chooseRedirection(
        tenant({ enabled: false, redirectsByDefault: true }),
        'own',
        requested('sip:bob@demo.ringdown.test'),
        [],
      ),
    ).toMatchObject({ statusCode: 403 });
  });
});
