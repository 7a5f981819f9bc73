import { expect, it } from 'vitest';
import { type NameAddr, parseNameAddr } from './name-addr.js';
import { quote, unquote } from './quoted-string.js';

it.each<[text: string, displayName: string | undefined, uri: string, params: Record<string, string>]>([
  ['sip:a@b', undefined, 'sip:a@b', {}],
  ['<sip:a@b>', undefined, 'sip:a@b', {}],
  ['sip:a@b;tag=1;x', undefined, 'sip:a@b', { tag: '1', x: '' }],
  ['<sip:a@b;lr?X=y>;tag=1', undefined, 'sip:a@b;lr?X=y', { tag: '1' }],
  ['Alice <sip:a@b>', 'Alice', 'sip:a@b', {}],
  ['Alice of Atlanta<sip:a@b>', 'Alice of Atlanta', 'sip:a@b', {}],
  ['"A. \\"B\\" <c>, d" <sip:a@b>', 'A. "B" <c>, d', 'sip:a@b', {}],
  ['"" <sip:a@b>', '', 'sip:a@b', {}],
  ['  "x"\t<sip:a@b>  ;  tag  =  1 ', 'x', 'sip:a@b', { tag: '1' }],
  ['"a\r\n b" <sip:a@b>', 'a b', 'sip:a@b', {}],
  ['Bell, Alexander <sip:a@b>', 'Bell, Alexander', 'sip:a@b', {}],
  ['J\u00c3\u00bcrgen (B\u00c3\u00bcro) <sip:a@b>', 'J\u00c3\u00bcrgen (B\u00c3\u00bcro)', 'sip:a@b', {}],
  ['a@b.example <sip:a@b>', 'a@b.example', 'sip:a@b', {}],
  ['<sip:a@b>;+sip.instance="<urn:uuid:1,2;3>"', undefined, 'sip:a@b', { '+sip.instance': '"<urn:uuid:1,2;3>"' }],
  ['<sip:a@b>;%74ag=1', undefined, 'sip:a@b', { '%74ag': '1' }],
  ['<tel:+1;ext=2>', undefined, 'tel:+1;ext=2', {}],
  ['<urn:service:sos>', undefined, 'urn:service:sos', {}],
])('%j', (text, displayName, uri, params) => {
  const parsed = parseNameAddr(text);
  expect(parsed).toMatchObject({ kind: 'name-addr', uri });
  expect((parsed as NameAddr).displayName).toBe(displayName);
  expect(Object.fromEntries((parsed as NameAddr).params.entries())).toEqual(params);
});

it.each([
  ['', 0],
  ['alice', 0],
  ['<>', 1],
  ['<sip:a@b', 0],
  ['< sip:a@b>', 1],
  ['<sip:a@b >', 1],
  ['<sip:>', 1],
  ['"a <sip:a@b>', 0],
  ['"a" sip:a@b', 4],
  ['a "b" <sip:a@b>', 2],
  ['sip:x@y;tag=1 <sip:a@b>', 3],
  ['sip:x@y <sip:a@b>', 3],
  ['sip:a@b?x=y', 7],
  ['sip:a@b, sip:c@d', 7],
  ['<sip:a@b>, <sip:c@d>', 9],
  ['<sip:a@b>;', 10],
  ['<sip:a@b>;;', 10],
  ['<sip:a@b>;tag=', 14],
  ['<sip:a@b>;tag', 10],
  ['<sip:a@b>;tag="x"', 10],
  ['<sip:a@b>;tag=1;tag=2', 16],
  ['<sip:a@b> x', 10],
  ['<sip:a@b>;+sip.instance="<urn:uuid:1>";x=<', 41],
  ['sip:caf\u00e9@b', 0],
])('%j fails at %i', (text, offset) => {
  expect(parseNameAddr(text)).toMatchObject({ kind: 'failure', code: 'address-syntax', offset });
});

it.each([
  ['plain', '"plain"'],
  ['a "b" \\c', '"a \\"b\\" \\\\c"'],
  ['', '""'],
])('quote(%j) is %j, and unquote takes it back', (text, quoted) => {
  expect(quote(text)).toBe(quoted);
  expect(unquote(quoted)).toBe(text);
});

it('quote lets no line end through', () => {
  expect(quote('a\r\nVia: x')).toBe('"a Via: x"');
});

it.each(['token', '"', '"open', 'open"'])('unquote leaves %j as it is', (text) => {
  expect(unquote(text)).toBe(text);
});

it('an escape in a header parameter names nothing else (RFC 4475 §3.1.1.5)', () => {
  expect((parseNameAddr('<sip:a@b>;%74ag=1') as NameAddr).params.has('tag')).toBe(false);
});
