import { describe, expect, it } from 'vitest';
import { parseAddressList } from './address-list.js';
import { parseContacts, parseDeltaSeconds, parseQValue } from './contact.js';
import type { ParseFailure } from './failure.js';
import { Header, type HeaderId, headerName } from './header.js';
import { headerId } from './header-name-tree.js';
import type { SipRequest, SipResponse } from './message.js';
import { parseMessage } from './parse.js';

const LINES: Readonly<Record<string, string>> = {
  Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa',
  'Max-Forwards': '70',
  From: '<sip:a@example.com>;tag=1',
  To: '<sip:b@example.com>',
  'Call-ID': 'c1@192.0.2.1',
  CSeq: '1 INVITE',
};

/** An INVITE with the given fields changed, left out (undefined) or, by raw lines, added; then what follows the headers. */
function invite(changes: Readonly<Record<string, string | undefined>> = {}, more = '', rest = '\r\n'): string {
  const lines = Object.entries({ ...LINES, ...changes })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `INVITE sip:b@example.com SIP/2.0\r\n${lines.join('')}${more}${rest}`;
}

function request(raw: string): SipRequest {
  const parsed = parseMessage(raw);
  if (parsed.kind !== 'request') throw new Error(parsed.kind === 'failure' ? parsed.reason : 'a response');
  return parsed;
}

describe('parseMessage accepts', () => {
  it.each<[what: string, raw: string, expected: Partial<SipRequest>]>([
    ['a plain request', invite(), { method: 'INVITE', requestUri: 'sip:b@example.com', maxForwards: 70, body: '' }],
    ['CRLFs before the start line (§7.5)', `\r\n\r\n${invite()}`, { method: 'INVITE' }],
    ['no Max-Forwards', invite({ 'Max-Forwards': undefined }), { maxForwards: undefined }],
    ['leading zeros', invite({ 'Max-Forwards': '0068' }), { maxForwards: 68 }],
    ['a body without Content-Length on a datagram (§18.3)', invite({}, '', '\r\nv=0\r\n'), { body: 'v=0\r\n' }],
    ['bytes after the body, ignored (§18.3)', invite({ 'Content-Length': '3' }, '', '\r\nv=0extra'), { body: 'v=0' }],
    ['a datagram that ends after a header line', invite({}, '', ''), { body: '' }],
    ['the largest CSeq', invite({ CSeq: '4294967295 INVITE' }), { cseq: { number: 4_294_967_295, method: 'INVITE' } }],
    ['a folded CSeq', invite({ CSeq: '1\r\n\tINVITE' }), { cseq: { number: 1, method: 'INVITE' } }],
    ['a version in lower case', invite().replace('SIP/2.0', 'sip/2.0'), { requestUri: 'sip:b@example.com' }],
    [
      'a tel Request-URI',
      invite().replace('sip:b@example.com', 'tel:+12015550123'),
      { requestUri: 'tel:+12015550123' },
    ],
    ['an odd Call-ID', invite({ 'Call-ID': 'a=b&c;d,e@f@g' }), { callId: 'a=b&c;d,e@f@g' }],
  ])('%s', (_what, raw, expected) => {
    expect(request(raw)).toMatchObject(expected);
  });

  it.each<[line: string, statusCode: number, reason: string]>([
    ['SIP/2.0 200 OK', 200, 'OK'],
    ['SIP/2.0 100 ', 100, ''],
    ['SIP/2.0 180', 180, ''],
    ['sip/2.0 699 x y  z', 699, 'x y  z'],
  ])('%s', (line, statusCode, reasonPhrase) => {
    const response = parseMessage(invite().replace(/^[^\r]*/, line)) as SipResponse;
    expect(response).toMatchObject({ kind: 'response', statusCode, reasonPhrase });
  });
});

describe('parseMessage refuses', () => {
  it.each<[what: string, raw: string, code: string, answerable: boolean]>([
    ['nothing', '', 'empty', false],
    ['a keepalive', '\r\n\r\n', 'empty', false],
    ['no request line', 'hello', 'request-line', false],
    ['a start line without an end', 'OPTIONS sip:h SIP/2.0', 'request-line', false],
    ['a tab in the request line', invite().replace(' SIP', '\tSIP'), 'request-line', true],
    ['two spaces in the request line', invite().replace(' SIP', '  SIP'), 'request-line', true],
    ['a trailing space on the request line', invite().replace('/2.0\r', '/2.0 \r'), 'request-line', true],
    ['no Request-URI', invite().replace(' sip:b@example.com', ' '), 'request-line', true],
    ['an 8-bit Request-URI', invite().replace('sip:b@', 'sip:\xe9@'), 'request-line', true],
    ['another version', invite().replace('/2.0\r', '/3.0\r'), 'version', true],
    ['another minor version', invite().replace('/2.0\r', '/2.10\r'), 'version', true],
    [
      'headers in the Request-URI',
      invite().replace('example.com SIP', 'example.com?a=b SIP'),
      'request-uri-headers',
      true,
    ],
    [
      'a bad port in the Request-URI',
      invite().replace('example.com SIP', 'example.com:x SIP'),
      'request-uri-port',
      true,
    ],
    ['no Via', invite({ Via: undefined }), 'missing-via', false],
    ['no From', invite({ From: undefined }), 'missing-from', true],
    ['no To', invite({ To: undefined }), 'missing-to', true],
    ['no Call-ID', invite({ 'Call-ID': undefined }), 'missing-call-id', true],
    ['no CSeq', invite({ CSeq: undefined }), 'missing-cseq', true],
    ['an empty Via', invite({ Via: '' }), 'via', false],
    ['a Via of another protocol', invite({ Via: 'HTTP/1.1/TCP h' }), 'via', true],
    ['a malformed From', invite({ From: '<sip:a@h' }), 'from', true],
    ['a malformed To', invite({ To: 'b' }), 'to', true],
    ['an empty Call-ID', invite({ 'Call-ID': '' }), 'call-id', true],
    ['white space in Call-ID', invite({ 'Call-ID': 'a b' }), 'call-id', true],
    ['NUL in Call-ID', invite({ 'Call-ID': 'a\0b' }), 'call-id', true],
    ['CSeq without method', invite({ CSeq: '1' }), 'cseq', true],
    ['CSeq without number', invite({ CSeq: 'INVITE' }), 'cseq', true],
    ['CSeq run together', invite({ CSeq: '1INVITE' }), 'cseq', true],
    ['CSeq with more', invite({ CSeq: '1 INVITE x' }), 'cseq', true],
    ['CSeq beyond 32 bits', invite({ CSeq: '4294967296 INVITE' }), 'cseq', true],
    ['CSeq of another method', invite({ CSeq: '1 BYE' }), 'cseq-method', true],
    ['CSeq of the method in another case (§7.1)', invite({ CSeq: '1 invite' }), 'cseq-method', true],
    ['Max-Forwards beyond 255', invite({ 'Max-Forwards': '256' }), 'max-forwards', true],
    ['Max-Forwards that is no number', invite({ 'Max-Forwards': '-1' }), 'max-forwards', true],
    ['an empty Max-Forwards', invite({ 'Max-Forwards': '' }), 'max-forwards', true],
    ['a negative Content-Length', invite({ 'Content-Length': '-1' }), 'content-length', true],
    ['a Content-Length beyond the datagram', invite({ 'Content-Length': '1' }), 'content-length', true],
    ['a huge Content-Length', invite({ 'Content-Length': '9'.repeat(400) }), 'content-length', true],
    ['a repeated From', invite({}, 'f: <sip:c@h>\r\n'), 'repeated-header', true],
    ['a repeated Content-Length', invite({}, 'l: 0\r\nContent-Length: 0\r\n'), 'repeated-header', true],
    ['a line without colon', invite({}, 'Foobar roobar\r\n'), 'header-name', true],
    ['a line without name', invite({}, ': x\r\n'), 'header-name', true],
    ['a name that is no token', invite({}, 'a@b: x\r\n'), 'header-name', true],
    ['a continuation with nothing to continue', invite().replace('\r\nVia', '\r\n Via'), 'header-name', false],
    ['a bare LF in a value', invite({}, 'X: a\nRoute: <sip:evil>\r\n'), 'bare-line-end', true],
    ['a bare CR in a value', invite({}, 'X: a\rRoute: <sip:evil>\r\n'), 'bare-line-end', true],
    ['a bare LF in a folded line', invite({}, 'X: a\r\n b\nc\r\n'), 'bare-line-end', true],
    ['LF line ends', invite().replaceAll('\r\n', '\n'), 'request-line', true],
    ['a bare CR where the headers end', invite({}, '', '\rx'), 'bare-line-end', true],
    ['a header line that does not end', invite({}, 'X: a', ''), 'bare-line-end', true],
  ])('%s', (_what, raw, code, answerable) => {
    const parsed = parseMessage(raw);
    expect(parsed).toMatchObject({ kind: 'failure', code, statusCode: code === 'version' ? 505 : 400 });
    expect((parsed as ParseFailure).partial !== undefined).toBe(answerable);
  });

  it('an ACK without a way to answer it', () => {
    const ack = parseMessage(invite({ CSeq: 'x ACK' }).replace(/^INVITE/, 'ACK'));
    expect(ack).toMatchObject({ kind: 'failure', code: 'cseq', partial: undefined });
  });

  it.each([
    'SIP/2.0 99 x',
    'SIP/2.0 700 x',
    'SIP/2.0 20 x',
    'SIP/2.0 2000 x',
    'SIP/2.0 200OK',
    'SIP/2.0',
    'SIP/2.0  200 OK',
    'SIP/x 200 OK',
  ])('the status line %j, without an answer', (line) => {
    expect(parseMessage(invite().replace(/^[^\r]*/, line))).toMatchObject({ kind: 'failure', partial: undefined });
  });

  it('with the place of the fault', () => {
    const raw = invite({ 'Max-Forwards': '7x' });
    expect(parseMessage(raw)).toMatchObject({ code: 'max-forwards', offset: raw.indexOf('7x') });
  });
});

describe('header access', () => {
  const message = request(
    invite(
      {},
      [
        'Route: <sip:p1.example.com;lr>,<sip:p2.example.com;x=",">',
        'route: "a, b" <sip:p3.example.com;lr> , ,',
        'X-Thing : one',
        'SUPPORTED:100rel,path',
        'k: outbound',
        'x-thing: two\r\n  folded\r\n\tagain ',
        'Subject:',
        '',
      ].join('\r\n'),
    ),
  );

  it('finds fields by id', () => {
    expect(message.has(Header.Route)).toBe(true);
    expect(message.has(Header.RecordRoute)).toBe(false);
    expect(message.has(Header.Replaces)).toBe(false);
    expect(message.value(Header.Route)).toBe('<sip:p1.example.com;lr>,<sip:p2.example.com;x=",">');
    expect(message.value(Header.RecordRoute)).toBeUndefined();
    expect(message.value(Header.Subject)).toBe('');
    expect(message.values(Header.Supported)).toEqual(['100rel,path', 'outbound']);
  });

  it('splits lists, with quoted strings and brackets respected and empty elements left out', () => {
    expect(message.list(Header.Supported)).toEqual(['100rel', 'path', 'outbound']);
    expect(message.list(Header.Route)).toEqual([
      '<sip:p1.example.com;lr>',
      '<sip:p2.example.com;x=",">',
      '"a, b" <sip:p3.example.com;lr>',
    ]);
    expect(message.list(Header.Path)).toEqual([]);
  });

  it('finds fields by name in any case, known or not', () => {
    expect(message.named('x-THING')).toEqual(['one', 'two folded again']);
    expect(message.named('K')).toEqual(['100rel,path', 'outbound']);
    expect(message.named('absent')).toEqual([]);
  });

  it('iterates in order with names as written', () => {
    const lines = message.headers();
    expect(lines.map((line) => line.name).slice(6)).toEqual([
      'Route',
      'route',
      'X-Thing',
      'SUPPORTED',
      'k',
      'x-thing',
      'Subject',
    ]);
    expect(lines[8]).toEqual({ id: Header.Other, name: 'X-Thing', value: 'one' });
  });
});

it('every header id has one name, which leads back to it in any case', () => {
  for (const id of Object.values(Header) as HeaderId[]) {
    if (id === Header.Other) continue;
    expect(headerName(id)).not.toBe('');
    expect(headerId(headerName(id))).toBe(id);
    expect(headerId(headerName(id).toUpperCase())).toBe(id);
  }
  expect(new Set(Object.values(Header)).size).toBe(Object.keys(Header).length);
});

it.each([
  ['v', Header.Via],
  ['F', Header.From],
  ['t', Header.To],
  ['i', Header.CallId],
  ['m', Header.Contact],
  ['l', Header.ContentLength],
  ['c', Header.ContentType],
  ['e', Header.ContentEncoding],
  ['k', Header.Supported],
  ['s', Header.Subject],
  ['o', Header.Event],
  ['u', Header.AllowEvents],
  ['r', Header.ReferTo],
  ['b', Header.ReferredBy],
  ['x', Header.SessionExpires],
  ['a', Header.AcceptContact],
  ['j', Header.RejectContact],
  ['d', Header.RequestDisposition],
  ['y', Header.Identity],
  ['n', Header.IdentityInfo],
  ['q', Header.Other],
  ['', Header.Other],
  ['Via\r', Header.Other],
  ['max\rforwards', Header.Other],
])('the compact form or name %j is header %i', (name, id) => {
  expect(headerId(name)).toBe(id);
});

describe('parseContacts', () => {
  const parse = (...lines: string[]) =>
    parseContacts(request(invite({}, lines.map((line) => `Contact: ${line}\r\n`).join(''))));

  it('gives a star, or nothing', () => {
    expect(parse('*')).toBe('*');
    expect(parse()).toEqual([]);
  });

  it.each<[what: string, lines: string[], expected: object[]]>([
    [
      'several over lines',
      ['<sip:a@h>;q=0.5;expires=60, <sip:b@h>', 'sip:c@h;expires=0'],
      [
        { uri: 'sip:a@h', q: 500, expiresSec: 60 },
        { uri: 'sip:b@h', q: undefined, expiresSec: undefined },
        { uri: 'sip:c@h', q: undefined, expiresSec: 0 },
      ],
    ],
    ['a comma in a quoted name', ['"a, b" <sip:a@h>'], [{ displayName: 'a, b', uri: 'sip:a@h' }]],
    [
      'malformed and overlong expires (§20.10, §20.19)',
      ['<sip:a@h>;expires=x', '<sip:b@h>;expires=99999999999'],
      [{ expiresSec: 3600 }, { expiresSec: 4_294_967_295 }],
    ],
  ])('%s', (_what, lines, expected) => {
    expect(parse(...lines)).toMatchObject(expected);
  });

  it.each([
    ['a star beside another', ['*', '<sip:a@h>'], 'contact-star'],
    ['two stars', ['*', '*'], 'contact-star'],
    ['a star in a list', ['<sip:a@h>, *'], 'address-syntax'],
    ['an empty header', [''], 'address-syntax'],
    ['an empty element', ['<sip:a@h>,'], 'address-syntax'],
    ['a q beyond 1', ['<sip:a@h>;q=1.1'], 'contact-q'],
    ['a URI with ? without brackets', ['sip:a@h?x=y'], 'address-syntax'],
    ['an unquoted comma', ['Bell, A <sip:a@h>'], 'address-syntax'],
  ])('%s fails', (_what, lines, code) => {
    expect(parse(...lines)).toMatchObject({ kind: 'failure', code });
  });
});

it('parseAddressList reads a route set over lines and elements', () => {
  const message = request(invite({}, 'Route: <sip:a;lr>, <sip:b;lr>\r\nRoute: <sip:c>\r\n'));
  expect(parseAddressList(message, Header.Route)).toMatchObject([
    { uri: 'sip:a;lr' },
    { uri: 'sip:b;lr' },
    { uri: 'sip:c' },
  ]);
  expect(parseAddressList(message, Header.Path)).toEqual([]);
  expect(parseAddressList(request(invite({}, 'Path: <sip:a>,,\r\n')), Header.Path)).toMatchObject({ kind: 'failure' });
});

it.each([
  ['0', 0],
  ['1', 1000],
  ['1.', 1000],
  ['1.000', 1000],
  ['0.7', 700],
  ['0.75', 750],
  ['0.333', 333],
  ['0.', 0],
  ['.5', -1],
  ['1.001', -1],
  ['0.1234', -1],
  ['2', -1],
  ['0,5', -1],
  ['0.x', -1],
  ['', -1],
])('parseQValue(%j) is %j', (text, expected) => {
  expect(parseQValue(text)).toBe(expected);
});

it.each([
  ['0', 0],
  ['0060', 60],
  ['4294967295', 4_294_967_295],
  ['4294967296', 4_294_967_295],
  ['1e3', undefined],
  ['-1', undefined],
  ['', undefined],
])('parseDeltaSeconds(%j) is %j', (text, expected) => {
  expect(parseDeltaSeconds(text)).toBe(expected);
});
