import type { location } from '@ringdown/contracts';
import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { binding, requested } from '../testing/fixtures.js';
import { redirectContacts } from './contacts.js';

type RouteContacts = readonly (readonly [uri: string, qThousandths: number])[];

function contacts(
  ofRoute: RouteContacts,
  bindings: readonly location.Binding[],
  uri = 'sip:bob@demo.ringdown.test',
): string[] {
  const fields = redirectContacts(
    {
      kind: 'redirection',
      statusCode: 302,
      addressOfRecord: undefined,
      contacts: ofRoute.map(([contact, qThousandths]) => ({ uri: contact, qThousandths })),
    },
    bindings,
    requested(uri),
  );
  expect(fields.every(([name]) => name === Header.Contact)).toBe(true);
  return fields.map(([, value]) => value);
}

describe('redirectContacts', () => {
  it.each<[string, RouteContacts, readonly location.Binding[], readonly string[]]>([
    ['nothing', [], [], []],
    [
      'the highest q first, routes and bindings together',
      [
        ['sip:bob@a.example', 300],
        ['sip:bob@b.example', 900],
      ],
      [binding('sip:bob@192.0.2.1', 500), binding('sip:bob@192.0.2.2')],
      [
        '<sip:bob@192.0.2.2>;q=1',
        '<sip:bob@b.example>;q=0.9',
        '<sip:bob@192.0.2.1>;q=0.5',
        '<sip:bob@a.example>;q=0.3',
      ],
    ],
    [
      'equal q in the order of the route, then of the bindings',
      [
        ['sip:bob@b.example', 1000],
        ['sip:bob@a.example', 1000],
      ],
      [binding('sip:bob@192.0.2.1', 1000)],
      ['<sip:bob@b.example>;q=1', '<sip:bob@a.example>;q=1', '<sip:bob@192.0.2.1>;q=1'],
    ],
    [
      'never the URI that was asked for (RFC 3261 §8.3)',
      [
        ['sip:b%6Fb@DEMO.ringdown.test', 1000],
        ['sip:bob@demo.ringdown.test:5060', 1000],
      ],
      [],
      ['<sip:bob@demo.ringdown.test:5060>;q=1'],
    ],
    [
      'each URI once, with its best q',
      [['sip:bob@a.example', 100]],
      [binding('sip:bob@A.example')],
      ['<sip:bob@a.example>;q=1'],
    ],
    [
      'the user that was asked for, where a route names none',
      [['sip:gw.example;transport=tcp', 0]],
      [],
      ['<sip:bob@gw.example;transport=tcp>;q=0'],
    ],
    ['a tel URI', [['tel:+4930123', 1000]], [], ['<tel:+4930123>;q=1']],
    ['no binding that is reached through a Path', [], [binding('sip:bob@10.0.0.1', 1000, ['<sip:p.example;lr>'])], []],
    ['nothing that can’t be read', [['sip:@', 1000]], [binding('x')], []],
  ])('%s', (_, ofRoute, bindings, expected) => {
    expect(contacts(ofRoute, bindings)).toEqual(expected);
  });

  it('puts a number into the user part of a gateway', () => {
    expect(contacts([['sip:gw.example', 500]], [], 'tel:+49-30-123')).toEqual(['<sip:+4930123@gw.example>;q=0.5']);
  });

  it('names at most twenty, the best', () => {
    const bindings = Array.from({ length: 30 }, (_, i) => binding(`sip:bob@192.0.2.${i}`, i * 10));
    const values = contacts([], bindings);
    expect(values).toHaveLength(20);
    expect(values[0]).toBe('<sip:bob@192.0.2.29>;q=0.29');
  });
});
