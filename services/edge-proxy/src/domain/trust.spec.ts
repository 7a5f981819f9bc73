import { directory } from '@ringdown/contracts';
import { Header, headerName, parseMessage, type SipResponse } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../testing/requests.js';
import { subscriberOf, tenantOf } from '../testing/tables.js';
import { type Origin, stranger } from './request-in-hand.js';
import { identityChanges, responseBetween } from './trust.js';

const { PEER, UNTRUSTED } = directory.TrustClass;
const tenant = tenantOf('acme', 'example.com');
const subscriber: Origin = {
  ...stranger(UNTRUSTED),
  tenant,
  subscriber: subscriberOf(tenant, 'alice', { identities: ['sip:alice@example.com', 'sip:sales@example.com'] }),
  addressOfRecord: 'sip:alice@example.com',
};
const pai = ['P-Asserted-Identity', '<sip:boss@example.com>'] as const;
const ppi = (uri: string) => ['P-Preferred-Identity', uri] as const;
const privacy = (value: string) => ['Privacy', value] as const;
const history = ['History-Info', '<sip:x@y>;index=1'] as const;
const diversion = ['Diversion', '<sip:x@y>;reason=busy'] as const;

describe('a request’s identities', () => {
  it.each([
    { name: 'nothing to do', origin: stranger(UNTRUSTED), to: UNTRUSTED, headers: [], removed: [], added: [] },
    {
      name: 'a stranger’s assertion ends here',
      origin: stranger(UNTRUSTED),
      to: PEER,
      headers: [pai],
      removed: ['P-Asserted-Identity'],
      added: [],
    },
    {
      name: 'a subscriber’s too, and what was proved stands for it',
      origin: subscriber,
      to: PEER,
      headers: [pai],
      removed: ['P-Asserted-Identity'],
      added: ['<sip:alice@example.com>'],
    },
    {
      name: 'a subscriber’s towards others',
      origin: subscriber,
      to: UNTRUSTED,
      headers: [pai],
      removed: ['P-Asserted-Identity'],
      added: [],
    },
    { name: 'a peer’s stays', origin: stranger(PEER), to: PEER, headers: [pai, privacy('id')], removed: [], added: [] },
    {
      name: 'a peer’s stays towards others',
      origin: stranger(PEER),
      to: UNTRUSTED,
      headers: [pai],
      removed: [],
      added: [],
    },
    {
      name: 'a peer’s goes with privacy',
      origin: stranger(PEER),
      to: UNTRUSTED,
      headers: [pai, privacy('header; ID')],
      removed: ['P-Asserted-Identity'],
      added: [],
    },
    {
      name: 'privacy none',
      origin: stranger(PEER),
      to: UNTRUSTED,
      headers: [pai, privacy('none')],
      removed: [],
      added: [],
    },
    {
      name: 'a preference of the own',
      origin: subscriber,
      to: PEER,
      headers: [ppi('"Sales" <sip:sales@alias.test>')],
      removed: ['P-Preferred-Identity'],
      added: ['<sip:sales@example.com>'],
    },
    {
      name: 'a preference of others’',
      origin: subscriber,
      to: PEER,
      headers: [ppi('<sip:boss@example.com>')],
      removed: ['P-Preferred-Identity'],
      added: ['<sip:alice@example.com>'],
    },
    {
      name: 'a preference that can’t be read',
      origin: subscriber,
      to: PEER,
      headers: [ppi('<sip:')],
      removed: ['P-Preferred-Identity'],
      added: ['<sip:alice@example.com>'],
    },
    {
      name: 'a stranger’s preference',
      origin: stranger(UNTRUSTED),
      to: PEER,
      headers: [ppi('<sip:a@b>')],
      removed: ['P-Preferred-Identity'],
      added: [],
    },
    {
      name: 'no assertion in a REGISTER',
      method: 'REGISTER',
      origin: subscriber,
      to: PEER,
      headers: [],
      removed: [],
      added: [],
    },
    {
      name: 'no assertion in an ACK',
      method: 'ACK',
      origin: subscriber,
      to: PEER,
      headers: [],
      removed: [],
      added: [],
    },
    {
      name: 'history and diversion within the trust domain',
      origin: subscriber,
      to: PEER,
      headers: [history, diversion, privacy('history')],
      removed: [],
      added: ['<sip:alice@example.com>'],
    },
    {
      name: 'history and diversion towards others, asked to be private',
      origin: subscriber,
      to: UNTRUSTED,
      headers: [history, diversion, privacy('history')],
      removed: ['History-Info', 'Diversion'],
      added: [],
    },
    {
      name: 'only the diversion with privacy id',
      origin: subscriber,
      to: UNTRUSTED,
      headers: [history, diversion, privacy('id')],
      removed: ['Diversion'],
      added: [],
    },
  ])('$name', ({ method = 'INVITE', origin, to, headers, removed, added }) => {
    const changes = identityChanges(requestOf({ method, headers }), origin, to);
    expect(changes.removed.map((id) => headerName(id))).toEqual(removed);
    expect(changes.added).toEqual(added.map((value) => [Header.PAssertedIdentity, value]));
  });
});

describe('a response’s identities', () => {
  const response = (...headers: readonly (readonly [string, string])[]): SipResponse => {
    const parsed = parseMessage(
      [
        'SIP/2.0 200 OK',
        'Via: SIP/2.0/UDP a;branch=z9hG4bKa',
        'From: <sip:a@b>;tag=1',
        'To: <sip:b@b>;tag=2',
        'Call-ID: c',
        'CSeq: 1 INVITE',
        ...headers.map(([name, value]) => `${name}: ${value}`),
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    );
    if (parsed.kind !== 'response') throw new Error('no response');
    return parsed;
  };
  it.each([
    { name: 'nothing to do', from: UNTRUSTED, to: PEER, headers: [], removed: [] },
    {
      name: 'a phone’s assertion ends here',
      from: UNTRUSTED,
      to: PEER,
      headers: [pai],
      removed: ['P-Asserted-Identity'],
    },
    { name: 'a peer’s stays', from: PEER, to: UNTRUSTED, headers: [pai], removed: [] },
    {
      name: 'a peer’s goes with privacy',
      from: PEER,
      to: UNTRUSTED,
      headers: [pai, privacy('id')],
      removed: ['P-Asserted-Identity'],
    },
    {
      name: 'history goes with privacy',
      from: PEER,
      to: UNTRUSTED,
      headers: [history, privacy('history')],
      removed: ['History-Info'],
    },
  ])('$name', ({ from, to, headers, removed }) => {
    const left = responseBetween(response(...headers), from, to);
    const names = headers.map(([name]) => name);
    expect(names.filter((name) => left.named(name).length === 0)).toEqual(removed);
    expect(left.toTag).toBe('2');
  });
});
