import type { location } from '@ringdown/contracts';
import { Header, type HeaderField } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { flow, register, sender, tenant, torture } from '../testing/requests.js';
import { printContact } from './contact.js';
import {
  type Registration,
  readRegistration,
  registrationHosts,
  registrationTenant,
  type Sender,
} from './registration.js';
import type { RegistrarTenant, TenantId } from './tenant.js';

const strict = { pathWithoutSupport: false, expirySpread: 0 };

function read(
  lines: readonly string[],
  changes: Readonly<Record<string, string>> = {},
  of = tenant(),
  by: Sender = sender(),
) {
  return readRegistration(register(lines, changes), of, by, strict);
}

function bound(result: ReturnType<typeof readRegistration>): Extract<Registration, { kind: 'bind' }> {
  if (result.kind !== 'bind') throw new Error(`no bind but ${JSON.stringify(result)}`);
  return result;
}

function contactsOf(result: ReturnType<typeof readRegistration>): location.Contact[] {
  return bound(result).command.contacts;
}

function binding(
  contact: location.Contact | undefined,
  remainingMs = contact === undefined ? 0 : contact.expiresSec * 1000,
): location.Binding {
  if (contact === undefined) throw new Error('there is no such contact');
  return { ...contact, remainingMs, callId: '', cseq: 1, updatedAtMs: 0, suspended: false };
}

describe('readRegistration', () => {
  it('reads a contact with everything it carries', () => {
    const result = read([
      'Contact: "Alice" <sip:alice@192.0.2.4:5060;transport=udp;ob>;q=0.75;expires=300;reg-id=1;+sip.instance="<urn:uuid:f81d4fae>";methods="INVITE, ACK"',
      'User-Agent: phone/1',
    ]);
    expect(bound(result).command).toEqual({
      tenantId: 'demo',
      addressOfRecord: 'sip:alice@demo.ringdown.test',
      callId: 'c1@192.0.2.4',
      cseq: 1,
      removeAll: false,
      maxContacts: 10,
      maxRegistrations: 0,
      contacts: [
        {
          bindingKey: 'sip:alice@192.0.2.4:5060;ob;transport=udp',
          uri: 'sip:alice@192.0.2.4:5060;transport=udp;ob',
          contactParams: 'reg-id=1;+sip.instance="<urn:uuid:f81d4fae>";methods="INVITE, ACK"',
          expiresSec: 300,
          qThousandths: 750,
          instanceId: '<urn:uuid:f81d4fae>',
          regId: 1,
          path: [],
          flow,
          userAgent: 'phone/1',
        },
      ],
    });
  });

  it('reads several contacts over several lines, each with its own expiry', () => {
    const result = read([
      'Contact: <sip:a@192.0.2.4>;expires=100, <sip:b@192.0.2.4>',
      'Contact: <sip:c@192.0.2.4>;expires=0',
      'Expires: 200',
    ]);
    expect(contactsOf(result).map(({ uri, expiresSec }) => [uri, expiresSec])).toEqual([
      ['sip:a@192.0.2.4', 100],
      ['sip:b@192.0.2.4', 200],
      ['sip:c@192.0.2.4', 0],
    ]);
  });

  it('takes the last of two equal contacts', () => {
    const result = read(['Contact: <sip:%61@192.0.2.4>;expires=100, <sip:b@192.0.2.4>, <sip:a@192.0.2.4>;expires=0']);
    expect(contactsOf(result).map(({ uri, expiresSec }) => [uri, expiresSec])).toEqual([
      ['sip:b@192.0.2.4', 3600],
      ['sip:a@192.0.2.4', 0],
    ]);
  });

  it('gives the sender’s flow to the contact that is the sender, and to no other (RFC 3261 §16.6 step 7)', () => {
    const result = read(['Contact: <sip:alice@192.0.2.4>, <sip:alice@192.0.2.4:5070>, <sip:alice@home.example>']);
    expect(contactsOf(result).map((contact) => contact.flow)).toEqual([
      flow,
      { ...flow, flowToken: '' },
      { ...flow, flowToken: '' },
    ]);
  });

  it('without Contact is a query', () => {
    expect(read([])).toEqual({
      kind: 'query',
      tenantId: 'demo',
      addressOfRecord: 'sip:alice@demo.ringdown.test',
      answer: { path: [] },
    });
  });

  it('with a star removes everything', () => {
    expect(bound(read(['Contact: *', 'Expires: 0'])).command).toMatchObject({ removeAll: true, contacts: [] });
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['an alias', { to: '<sip:alice@127.0.0.1>' }],
    ['a port and parameters', { to: '<sip:alice@demo.ringdown.test:5070;user=phone>;foo=bar' }],
    ['a password', { to: '<sip:alice:secret@demo.ringdown.test>' }],
    ['needless escapes', { to: '<sip:%61lice@DEMO.ringdown.test>' }],
    ['sips', { to: '<sips:alice@demo.ringdown.test>' }],
  ])('finds the address of record behind %s (RFC 3261 §10.3 step 5)', (_, changes) => {
    expect(read([], changes)).toMatchObject({ kind: 'query', addressOfRecord: 'sip:alice@demo.ringdown.test' });
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['a star without Expires', ['Contact: *'], 400, /needs Expires: 0/],
    ['a star with another Expires', ['Contact: *', 'Expires: 1'], 400, /needs Expires: 0/],
    ['a star beside a contact', ['Contact: *', 'Contact: <sip:a@192.0.2.4>', 'Expires: 0'], 400, /beside/],
    ['two stars', ['Contact: *', 'Contact: *', 'Expires: 0'], 400, /more than once/],
    ['a contact that is no SIP URI', ['Contact: <mailto:a@192.0.2.4>'], 400, /not a SIP URI/],
    ['a contact without ">"', ['Contact: <sip:a@192.0.2.4'], 400, /address/],
    ['a contact with a host that can’t be one', ['Contact: <sip:a@[::1>'], 400, /host/],
    ['a control character', ['Contact: <sip:a@192.0.2.4>;x="\\\u0001"'], 400, /control character/],
    ['a q that is none', ['Contact: <sip:a@192.0.2.4>;q=2'], 400, /q=2/],
    ['a Path that can’t be read', ['Path: <sip:edge', 'Supported: path'], 400, /^Path/],
  ])('refuses %s', (_, lines, statusCode, reason) => {
    const reasonPhrase: unknown = expect.stringMatching(reason);
    expect(read(lines)).toMatchObject({ kind: 'refusal', statusCode, reasonPhrase, headers: [] });
  });

  it.each<[string, readonly string[], number, HeaderField]>([
    ['too brief an expiry', ['Contact: <sip:a@192.0.2.4>;expires=59'], 423, [Header.MinExpires, '60']],
    [
      'too brief an expiry of one',
      ['Contact: <sip:a@192.0.2.4>, <sip:b@192.0.2.4>;expires=1'],
      423,
      [Header.MinExpires, '60'],
    ],
    ['a Path that the device doesn’t know', ['Path: <sip:p1.example;lr>'], 420, [Header.Unsupported, 'path']],
  ])('refuses %s and says what would do', (_, lines, statusCode, header) => {
    expect(read(lines)).toMatchObject({ kind: 'refusal', statusCode, headers: [header] });
  });

  it.each<[string, Sender]>([
    ['nobody', { ...sender(), addressOfRecord: undefined }],
    ['someone else', sender('sip:bob@demo.ringdown.test')],
    ['the same name of another tenant', sender('sip:alice@other.example')],
  ])('refuses %s with 403, also a query (RFC 3261 §10.3 step 4)', (_, by) => {
    expect(read([], {}, tenant(), by)).toMatchObject({ kind: 'refusal', statusCode: 403 });
    expect(read(['Contact: <sip:a@192.0.2.4>'], {}, tenant(), by)).toMatchObject({ kind: 'refusal', statusCode: 403 });
  });

  it('lets the platform act for anyone', () => {
    expect(read([], {}, tenant(), { ...sender(), addressOfRecord: undefined, isPlatform: true }).kind).toBe('query');
  });

  it('keeps a Path in order and gives it to every contact (RFC 3327 §5.3)', () => {
    const lines = [
      'Path: <sip:p3.example;lr>, <sip:p2.example;lr>',
      'Path: <sip:p1.example;lr>',
      'Contact: <sip:a@192.0.2.4>, <sip:b@192.0.2.4>',
    ];
    const path = ['<sip:p3.example;lr>', '<sip:p2.example;lr>', '<sip:p1.example;lr>'];
    const result = bound(read([...lines, 'Supported: gruu, Path']));
    expect(result.answer.path).toEqual(path);
    expect(result.command.contacts.map((contact) => contact.path)).toEqual([path, path]);
    expect(
      bound(readRegistration(register(lines), tenant(), sender(), { pathWithoutSupport: true, expirySpread: 0 })).answer
        .path,
    ).toEqual(path);
  });

  it.each([
    ['reg-id=0', 0],
    ['reg-id=2147483647', 2_147_483_647],
    ['reg-id=2147483648', 0],
    ['reg-id=x', 0],
  ])('reads %s as %i', (param, expected) => {
    expect(contactsOf(read([`Contact: <sip:a@192.0.2.4>;${param}`]))[0]?.regId).toBe(expected);
  });
});

describe('whose REGISTER it is (RFC 3261 §10.3 steps 1 and 5)', () => {
  const other = tenant({ tenantId: 'other' as TenantId, canonicalDomain: 'other.example' });
  it.each<[string, RegistrarTenant | undefined, RegistrarTenant | undefined, number | undefined]>([
    ['one tenant', tenant(), tenant(), undefined],
    ['an unknown registrar', undefined, tenant(), 404],
    ['an unknown domain of the address of record', tenant(), undefined, 404],
    ['two tenants', tenant(), other, 404],
    ['a disabled tenant', tenant({ enabled: false }), tenant({ enabled: false }), 403],
  ])('%s', (_, registrar, own, statusCode) => {
    const result = registrationTenant(registrar, own);
    expect('kind' in result ? result.statusCode : undefined).toBe(statusCode);
  });

  it.each<[string, Readonly<Record<string, string>>, number]>([
    ['a To without user', { to: '<sip:demo.ringdown.test>' }, 404],
    ['a tel To', { to: '<tel:+4930123>' }, 404],
    ['a Request-URI that is no SIP URI', { requestUri: 'tel:+4930123' }, 416],
  ])('refuses %s', (_, changes, statusCode) => {
    expect(registrationHosts(register([], changes))).toMatchObject({ kind: 'refusal', statusCode });
  });
});

describe('RFC 4475', () => {
  const example = tenant({ canonicalDomain: 'example.com' });
  const readTorture = (name: string, user: string) =>
    readRegistration(torture(name), example, sender(`sip:${user}@example.com`), strict);

  it('cparam01 (§3.3.12): the parameter is the header’s', () => {
    const [contact] = contactsOf(readTorture('cparam01', 'watson'));
    expect(contact).toMatchObject({ uri: 'sip:+19725552222@gw1.example.net', contactParams: 'unknownparam' });
    expect(printContact(binding(contact))).toBe('<sip:+19725552222@gw1.example.net>;unknownparam;expires=3600');
  });

  it('cparam02 (§3.3.13): the parameter is the URI’s', () => {
    const [contact] = contactsOf(readTorture('cparam02', 'watson'));
    expect(contact).toMatchObject({ uri: 'sip:+19725552222@gw1.example.net;unknownparam', contactParams: '' });
    expect(printContact(binding(contact))).toBe('<sip:+19725552222@gw1.example.net;unknownparam>;expires=3600');
  });

  it('regescrt (§3.3.14): the escaped Route is stored and given back as it came', () => {
    const [contact] = contactsOf(readTorture('regescrt', 'user'));
    expect(printContact(binding(contact))).toBe('<sip:user@example.com?Route=%3Csip:sip.example.com%3E>;expires=3600');
  });

  it('escnull (§3.1.1.4): two contacts that differ after %00', () => {
    const contacts = contactsOf(readTorture('escnull', 'null-%00-null'));
    expect(contacts.map((contact) => contact.uri)).toEqual([
      'sip:%00@host5.example.com',
      'sip:%00%00@host5.example.com',
    ]);
    expect(new Set(contacts.map((contact) => contact.bindingKey)).size).toBe(2);
  });

  it('unksm2 (§3.3.4): a To of an unknown scheme is no address of record here', () => {
    expect(registrationHosts(torture('unksm2'))).toMatchObject({ kind: 'refusal', statusCode: 404 });
    expect(readTorture('unksm2', 'x')).toMatchObject({ kind: 'refusal', statusCode: 404 });
  });

  it('regbadct (§3.1.2.13): a contact with "?" outside of "<>" is refused', () => {
    expect(readTorture('regbadct', 'user')).toMatchObject({ kind: 'refusal', statusCode: 400 });
  });
});

describe('printContact', () => {
  it.each([
    [undefined, ''],
    [1000, ';q=1'],
    [0, ';q=0'],
    [500, ';q=0.5'],
    [50, ';q=0.05'],
    [123, ';q=0.123'],
  ])('writes a q of %s as "%s"', (qThousandths, expected) => {
    const [contact] = contactsOf(read(['Contact: <sip:a@192.0.2.4>']));
    expect(printContact({ ...binding(contact), qThousandths })).toBe(`<sip:a@192.0.2.4>${expected};expires=3600`);
  });

  it.each([
    [1, 1],
    [1000, 1],
    [1001, 2],
    [3_599_500, 3600],
  ])('writes %i ms as %i s', (remainingMs, expected) => {
    const [contact] = contactsOf(read(['Contact: <sip:a@192.0.2.4>']));
    expect(printContact(binding(contact, remainingMs))).toBe(`<sip:a@192.0.2.4>;expires=${expected}`);
  });
});
