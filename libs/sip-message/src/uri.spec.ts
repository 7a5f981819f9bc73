import { describe, expect, it } from 'vitest';
import { addressOfRecord } from './address-of-record.js';
import { parseUri, type SipUri, type TelUri, type Uri } from './uri.js';
import { uriEquals } from './uri-compare.js';
import { escapeUser, unescapeUri } from './uri-escape.js';
import { formatUri } from './uri-format.js';

function uri(text: string): Uri {
  const parsed = parseUri(text);
  if (parsed.kind === 'failure') throw new Error(`${text}: ${parsed.reason}`);
  return parsed;
}

describe('parseUri', () => {
  it.each<[string, Partial<SipUri>]>([
    [
      'sip:alice@atlanta.com',
      { scheme: 'sip', user: 'alice', host: 'atlanta.com', port: undefined, headers: undefined },
    ],
    ['SIPS:alice@ATLANTA.com', { scheme: 'sips', user: 'alice', host: 'atlanta.com' }],
    ['sip:alice:secretword@atlanta.com;transport=tcp', { user: 'alice', password: 'secretword' }],
    ['sip:alice:@atlanta.com', { user: 'alice', password: '' }],
    ['sip:atlanta.com', { user: undefined, host: 'atlanta.com' }],
    ['sip:atlanta.com.', { host: 'atlanta.com.' }],
    ['sip:192.0.2.1:5070', { host: '192.0.2.1', port: 5070 }],
    ['sip:h:0', { port: 0 }],
    ['sip:h:65535', { port: 65535 }],
    ['sip:[2001:DB8::1]:5061;transport=tls', { host: '[2001:db8::1]', port: 5061 }],
    ['sip:[::]', { host: '[::]' }],
    ['sip:[1:2:3:4:5:6:7:8]', { host: '[1:2:3:4:5:6:7:8]' }],
    ['sip:[1:2:3:4:5:6:192.0.2.1]', { host: '[1:2:3:4:5:6:192.0.2.1]' }],
    ['sip:+1-212-555-1212:1234@gateway.com;user=phone', { user: '+1-212-555-1212', password: '1234' }],
    ['sip:alice;day=tuesday@atlanta.com', { user: 'alice;day=tuesday', host: 'atlanta.com' }],
    ['sip:*67#123@h', { user: '*67#123' }],
    ['sip:a%40b@h', { user: 'a%40b' }],
    ['sip:%00@h', { user: '%00' }],
    ['sip:a_b.example-1.com', { host: 'a_b.example-1.com' }],
    ['sip:4f5e6a7b8c9d', { host: '4f5e6a7b8c9d' }],
    ['sip:1and1.example', { host: '1and1.example' }],
    ['sip:alice@atlanta.com?subject=project%20x&priority=urgent', { headers: 'subject=project%20x&priority=urgent' }],
    ['sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com', { headers: 'to=alice%40atlanta.com' }],
  ])('%s', (text, parts) => {
    expect(uri(text)).toMatchObject({ kind: 'sip', ...parts });
  });

  it.each<[text: string, code: string, offset: number]>([
    ['', 'uri-scheme', 0],
    ['alice@atlanta.com', 'uri-scheme', 5],
    ['<sip:h>', 'uri-scheme', 0],
    ['1sip:h', 'uri-scheme', 0],
    ['sip:', 'uri-host', 4],
    ['sip:@h', 'uri-user', 4],
    ['sip::pw@h', 'uri-user', 4],
    ['sip:a b@h', 'uri-user', 4],
    ['sip:a%4@h', 'uri-user', 4],
    ['sip:a%zz@h', 'uri-user', 4],
    ['sip:caf\u00e9@h', 'uri-user', 4],
    ['sip:a:p;w@h', 'uri-password', 6],
    ['sip:a@b@c', 'uri-host', 7],
    ['sip:a@', 'uri-host', 6],
    ['sip:-.com', 'uri-host', 4],
    ['sip:a-.com', 'uri-host', 4],
    ['sip:a.com-', 'uri-host', 4],
    ['sip:.', 'uri-host', 4],
    ['sip:a..b', 'uri-host', 6],
    ['sip:.a', 'uri-host', 4],
    ['sip:a.1', 'uri-host', 4],
    ['sip:256.1.1.1', 'uri-host', 4],
    ['sip:1.1.1', 'uri-host', 4],
    ['sip:1.1.1.1.1', 'uri-host', 4],
    ['sip:1111', 'uri-host', 4],
    ['sip:[::1', 'uri-host', 4],
    ['sip:[]', 'uri-host', 4],
    ['sip:[:]', 'uri-host', 4],
    ['sip:[1::2::3]', 'uri-host', 4],
    ['sip:[1:2:3:4:5:6:7]', 'uri-host', 4],
    ['sip:[1:2:3:4:5:6:7:8:9]', 'uri-host', 4],
    ['sip:[1:2:3:4:5:6:7::8]', 'uri-host', 4],
    ['sip:[12345::]', 'uri-host', 4],
    ['sip:[1:2:3:4:5:6:7:]', 'uri-host', 4],
    ['sip:[::1.2.3]', 'uri-host', 4],
    ['sip:[::g]', 'uri-host', 4],
    ['sip:2001:db8::10', 'uri-host', 4],
    ['sip:h:', 'uri-port', 6],
    ['sip:h:65536', 'uri-port', 6],
    ['sip:h:-1', 'uri-port', 6],
    ['sip:h:5060x', 'uri-port', 6],
    ['sip:h;', 'uri-parameter', 6],
    ['sip:h;;lr', 'uri-parameter', 6],
    ['sip:h;=x', 'uri-parameter', 6],
    ['sip:h;a=', 'uri-parameter', 8],
    ['sip:h;a="x"', 'uri-parameter', 8],
    ['sip:h; lr', 'uri-parameter', 6],
    ['sip:h?', 'uri-headers', 6],
    ['sip:h?a=<b>', 'uri-headers', 6],
    ['sip:h/x', 'uri-host', 5],
    ['tel:', 'uri-number', 4],
    ['tel:--', 'uri-number', 4],
    ['tel:+1x', 'uri-number', 6],
    ['tel:1;', 'uri-parameter', 6],
    ['http:', 'uri-empty', 5],
    ['http://a b', 'uri-character', 8],
  ])('%j fails with %s at %i', (text, code, offset) => {
    expect(parseUri(text)).toMatchObject({ kind: 'failure', code, offset });
  });

  it.each<[string, string, Record<string, string>]>([
    ['tel:+1-201-555-0123', '+1-201-555-0123', {}],
    ['tel:7042;phone-context=example.com', '7042', { 'phone-context': 'example.com' }],
    ['tel:*21#', '*21#', {}],
  ])('%s', (text, number, params) => {
    const parsed = uri(text) as TelUri;
    expect(parsed).toMatchObject({ kind: 'tel', number });
    expect(Object.fromEntries(parsed.params.entries())).toEqual(params);
  });

  it.each([
    ['urn:service:sos', 'urn'],
    ['mailto:a@b', 'mailto'],
    ['soap.beep://192.0.2.103:3002', 'soap.beep'],
    ['HTTP://h/p?q#f', 'http'],
  ])('%s is of another scheme', (text, scheme) => {
    expect(uri(text)).toEqual({ kind: 'other', scheme, text });
  });

  it('reads parameters by name in any case, in order', () => {
    const { params } = uri('sip:h;Transport=UDP;lr;x-token=ab==;transport=tcp') as SipUri;
    expect(params.get('TRANSPORT')).toBe('UDP');
    expect(params.get('lr')).toBe('');
    expect(params.get('x-token')).toBe('ab==');
    expect(params.get('absent')).toBeUndefined();
    expect(params.size).toBe(4);
    expect(params.entries().map(([name]) => name)).toEqual(['Transport', 'lr', 'x-token', 'transport']);
  });
});

it.each([
  'sip:alice:pw@atlanta.com:5061;transport=tcp;lr?subject=x&a=b',
  'sips:[2001:db8::1]:5061;maddr=239.255.255.1;ttl=15',
  'sip:%61lice;x=%40@h;n%61me=v%61lue%25',
  'tel:+1-201-555-0123;ext=12',
  'urn:service:sos.fire',
])('formatUri gives %s back', (text) => {
  expect(formatUri(uri(text))).toBe(text);
});

describe('uriEquals (RFC 3261 §19.1.4)', () => {
  it.each([
    // The RFC's own examples.
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp', true],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5', true],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on', true],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on', true],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
      true,
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
      true,
    ],
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp', false],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting', false],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4', false],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off', false],
    // Rules without an example there.
    ['sip:a@h', 'sips:a@h', false],
    ['sip:a@h', 'sip:h', false],
    ['sip:a:p@h', 'sip:a@h', false],
    ['sip:a@h;user=phone', 'sip:a@h', false],
    ['sip:a@h', 'sip:a@h;ttl=1', false],
    ['sip:a@h;maddr=x', 'sip:a@h;maddr=x', true],
    ['sip:a@h;method=INVITE', 'sip:a@h', false],
    ['sip:a%40b@h', 'sip:a%40b@h', true],
    ['sip:a%2fb@h', 'sip:a%2Fb@h', true],
    ['sip:a%2Fb@h', 'sip:a/b@h', false],
    ['sip:%00@h', 'sip:%00%00@h', false],
    ['sip:a@[2001:db8::1]', 'sip:a@[2001:DB8:0:0::0:1]', true],
    ['sip:a@[::ffff:192.0.2.1]', 'sip:a@[::ffff:c000:201]', true],
    ['sip:a@[2001:db8::1]', 'sip:a@[2001:db8::2]', false],
    ['tel:+1-201-555-0123', 'tel:+12015550123', true],
    ['tel:7042;phone-context=example.com', 'tel:7042;phone-context=EXAMPLE.com', true],
    ['tel:7042;phone-context=example.com', 'tel:7042', false],
    ['tel:+1', 'sip:+1@h', false],
    ['urn:service:sos', 'urn:service:sos', true],
    ['urn:service:sos', 'urn:service:fire', false],
  ])('%s and %s: %j', (a, b, equal) => {
    expect(uriEquals(uri(a), uri(b))).toBe(equal);
    expect(uriEquals(uri(b), uri(a))).toBe(equal);
  });
});

it.each([
  ['sip:Alice@Atlanta.COM', 'sip:Alice@atlanta.com'],
  ['sips:alice:pw@atlanta.com:5061;transport=tls?x=y', 'sip:alice@atlanta.com'],
  ['sip:%61lice@atlanta.com', 'sip:alice@atlanta.com'],
  ['sip:a%40b%2f@h', 'sip:a%40b/@h'],
  ['sip:null-%00-null@example.com', 'sip:null-%00-null@example.com'],
  ['sip:j%c3%bcrgen@h', 'sip:j%C3%BCrgen@h'],
  ['sip:*67#1@h', 'sip:*67%231@h'],
  ['sip:atlanta.com', 'sip:atlanta.com'],
  ['sip:a@atlanta.com.', 'sip:a@atlanta.com'],
  ['tel:+1-(201)-555.0123;ext=5', 'tel:+12015550123'],
  ['tel:70-42;phone-context=Example.com', 'tel:7042;phone-context=example.com'],
])('addressOfRecord of %s is %s', (text, expected) => {
  const parsed = uri(text);
  if (parsed.kind === 'other') throw new Error('no address');
  const canonical = addressOfRecord(parsed);
  expect(canonical).toBe(expected);
  expect(addressOfRecord(uri(canonical) as SipUri), 'it is its own canonical form').toBe(expected);
});

it.each([
  ['a%40b', 'a@b'],
  ['%', '%'],
  ['%4', '%4'],
  ['%zz%41', '%zzA'],
  ['100%25', '100%'],
  ['%00', '\0'],
])('unescapeUri(%j) is %j', (text, expected) => {
  expect(unescapeUri(text)).toBe(expected);
});

it.each([
  ['alice', 'alice'],
  ['a@b c', 'a%40b%20c'],
  ['\0\xff', '%00%FF'],
])('escapeUser(%j) is %j', (text, expected) => {
  expect(escapeUser(text)).toBe(expected);
});
