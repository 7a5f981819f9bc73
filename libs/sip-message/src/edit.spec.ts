import { array, assert, constant, constantFrom, oneof, property, record, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edit, type MessageEdit } from './edit.js';
import { Header, headerName } from './header.js';
import { headerId } from './header-name-tree.js';
import type { SipMessage } from './message.js';
import { parseMessage } from './parse.js';

const START = 'INVITE sip:b@example.com SIP/2.0\r\n';
const CORE =
  'From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 3\r\n';
const VIA1 = 'Via: SIP/2.0/UDP h1;branch=z9hG4bK1\r\n';

function parsed(raw: string): SipMessage {
  const message = parseMessage(raw);
  if (message.kind === 'failure') throw new Error(message.reason);
  return message;
}

/** The header lines of the edited message, where `headers` stand between the start line and the core fields. */
function edited(headers: string, change: (e: MessageEdit) => MessageEdit): string {
  const out = change(edit(parsed(`${START}${headers}${CORE}\r\nabc`))).toString();
  expect(out.startsWith(START)).toBe(true);
  expect(out.endsWith(`${CORE}\r\nabc`)).toBe(true);
  return out.slice(START.length, out.length - CORE.length - 5);
}

describe('edit', () => {
  const VIAS = `v:SIP/2.0/UDP h1;branch=1 ,\r\n SIP/2.0/TCP h2\r\nX: 1\r\nVia: SIP/2.0/UDP h3\r\n`;
  it.each<[what: string, headers: string, change: (e: MessageEdit) => MessageEdit, expected: string]>([
    ['nothing', VIAS, (e) => e, VIAS],
    [
      'prepend above those of the name',
      `X: 1\r\n${VIA1}`,
      (e) => e.prepend(Header.Via, 'SIP/2.0/UDP p'),
      `X: 1\r\nVia: SIP/2.0/UDP p\r\n${VIA1}`,
    ],
    [
      'prepend of an absent name, after the start line',
      VIA1,
      (e) => e.prepend(Header.RecordRoute, '<sip:p;lr>'),
      `Record-Route: <sip:p;lr>\r\n${VIA1}`,
    ],
    [
      'prepend twice: the last is on top',
      VIA1,
      (e) => e.prepend(Header.Route, '<sip:1>').prepend(Header.Route, '<sip:2>'),
      `Route: <sip:2>\r\nRoute: <sip:1>\r\n${VIA1}`,
    ],
    [
      'append below those of the name',
      `Path: <sip:1>\r\n${VIA1}path: <sip:2>\r\nX: 1\r\n`,
      (e) => e.append(Header.Path, '<sip:3>'),
      `Path: <sip:1>\r\n${VIA1}path: <sip:2>\r\nPath: <sip:3>\r\nX: 1\r\n`,
    ],
    [
      'replace: one line for all',
      `Route: <sip:1>\r\n${VIA1}Route: <sip:2>\r\n`,
      (e) => e.replace(Header.Route, '<sip:9>'),
      `Route: <sip:9>\r\n${VIA1}`,
    ],
    ['remove all', `Route: <sip:1>\r\n${VIA1}ROUTE : <sip:2>\r\n`, (e) => e.remove(Header.Route), VIA1],
    ['remove what is absent', VIA1, (e) => e.remove(Header.Route).removeTopmost(Header.Path), VIA1],
    [
      'removeTopmost from a list',
      VIAS,
      (e) => e.removeTopmost(Header.Via),
      'Via: SIP/2.0/TCP h2\r\nX: 1\r\nVia: SIP/2.0/UDP h3\r\n',
    ],
    [
      'removeTopmost across lines',
      VIAS,
      (e) => e.removeTopmost(Header.Via).removeTopmost(Header.Via),
      'X: 1\r\nVia: SIP/2.0/UDP h3\r\n',
    ],
    [
      'removeTopmost with a comma in quotes',
      `Route: "a, b" <sip:1;x=,>, <sip:2>\r\n${VIA1}`,
      (e) => e.removeTopmost(Header.Route),
      `Route: <sip:2>\r\n${VIA1}`,
    ],
    [
      'removeTopmost past an empty element',
      `Route: , <sip:1>, <sip:2>\r\n${VIA1}`,
      (e) => e.removeTopmost(Header.Route),
      `Route: <sip:2>\r\n${VIA1}`,
    ],
    [
      'replaceTopmost',
      VIAS,
      (e) => e.replaceTopmost(Header.Via, 'SIP/2.0/UDP n'),
      'Via: SIP/2.0/UDP n, SIP/2.0/TCP h2\r\nX: 1\r\nVia: SIP/2.0/UDP h3\r\n',
    ],
    ['prepend then removeTopmost', VIAS, (e) => e.prepend(Header.Via, 'SIP/2.0/UDP p').removeTopmost(Header.Via), VIAS],
    [
      'removeTopmost then prepend',
      VIA1,
      (e) => e.removeTopmost(Header.Via).prepend(Header.Via, 'SIP/2.0/UDP p'),
      'Via: SIP/2.0/UDP p\r\n',
    ],
    [
      'prepend of a list then removeTopmost',
      VIA1,
      (e) => e.prepend(Header.Route, '<sip:1>, <sip:2>').removeTopmost(Header.Route),
      `Route: <sip:2>\r\n${VIA1}`,
    ],
    [
      'unknown names, in any case',
      `X-A: 1\r\n${VIA1}x-a: 2\r\nX-B: 3\r\n`,
      (e) => e.replace('X-a', '9').remove('x-B'),
      `X-a: 9\r\n${VIA1}`,
    ],
    ['a known name as a string', VIA1, (e) => e.prepend('v', 'SIP/2.0/UDP p'), `v: SIP/2.0/UDP p\r\n${VIA1}`],
    [
      'a value with line ends can add no header',
      VIA1,
      (e) => e.prepend('X', 'a\r\nRoute: <sip:evil>\n\rb'),
      `X: a Route: <sip:evil> b\r\n${VIA1}`,
    ],
    [
      'remove then append at the end of the headers is below them',
      VIA1,
      (e) => e.remove('X').prepend('X', '1'),
      `X: 1\r\n${VIA1}`,
    ],
  ])('%s', (_what, headers, change, expected) => {
    const base = headers.includes('Via') || headers.startsWith('v:') ? headers : VIA1 + headers;
    expect(edited(base, change)).toBe(expected);
  });

  it('changes the Request-URI only', () => {
    const raw = `${START}${VIA1}${CORE}\r\nabc`;
    expect(edit(parsed(raw)).requestUri('sip:x@[2001:db8::1];lr').toString()).toBe(
      raw.replace('sip:b@example.com SIP', 'sip:x@[2001:db8::1];lr SIP'),
    );
  });

  it('keeps a response’s status line', () => {
    const raw = `SIP/2.0 200 O K\r\n${VIA1}${CORE}\r\nabc`;
    expect(edit(parsed(raw)).requestUri('sip:x').toString()).toBe(raw);
  });

  it('drops CRLFs before the start line and bytes after the body', () => {
    expect(edit(parsed(`\r\n\r\n${START}${VIA1}${CORE}\r\nabcdef`)).toString()).toBe(`${START}${VIA1}${CORE}\r\nabc`);
  });

  it('adds a missing Content-Length and a missing empty line', () => {
    const core = CORE.replace(/Content-Length.*\r\n/, '');
    expect(edit(parsed(`${START}${VIA1}${core}\r\nabcd`)).toString()).toBe(
      `${START}${VIA1}${core}Content-Length: 4\r\n\r\nabcd`,
    );
    expect(edit(parsed(`${START}${VIA1}${core}`)).toString()).toBe(`${START}${VIA1}${core}Content-Length: 0\r\n\r\n`);
  });

  it('replaces and removes the body', () => {
    const message = parsed(`${START}${VIA1}${CORE}\r\nabc`);
    const withBody = parsed(edit(message).body('text/plain', '\x00\xff\r\n').toString());
    expect(withBody.body).toBe('\x00\xff\r\n');
    expect(withBody.value(Header.ContentLength)).toBe('4');
    expect(withBody.value(Header.ContentType)).toBe('text/plain');
    const without = parsed(edit(withBody).body('', '').toString());
    expect(without.body).toBe('');
    expect(without.value(Header.ContentLength)).toBe('0');
    expect(without.has(Header.ContentType)).toBe(false);
  });
});

it('refuses Header.Other, which names no header', () => {
  const change = edit(parsed(`${START}${VIA1}${CORE}\r\nabc`));
  expect(() => change.remove(Header.Other)).toThrow(/give the name itself/);
  expect(() => change.prepend(Header.Other, 'x')).toThrow(/give the name itself/);
});

/** A plain model of a message's header lines: what is not touched keeps its text. */
interface ModelField {
  name: string;
  elements: readonly string[];
  text: string;
}

const NAMES = ['Via', 'v', 'Route', 'route', 'Record-Route', 'X-One', 'x-one', 'Path', 'Supported', 'k'];
const element = constantFrom(
  '<sip:p.example.com;lr>',
  '"a, \\"b" <sip:q@[2001:db8::1];x=1>',
  'SIP/2.0/UDP h;branch=z9hG4bK',
  '<sip:r?a=b%2C>;p="x,y"',
  'token',
);
const field = record({
  name: constantFrom(...NAMES),
  elements: array(element, { minLength: 1, maxLength: 3 }),
  joint: constantFrom(',', ', ', ' ,\r\n\t'),
  lead: constantFrom('', ' ', '\r\n  ', '   '),
}).map(
  ({ name, elements, joint, lead }): ModelField => ({
    name,
    elements,
    text: `${name}:${lead}${elements.join(joint)}\r\n`,
  }),
);
const operation = oneof(
  tuple(constantFrom('prepend', 'append', 'replace', 'replaceTopmost'), constantFrom(...NAMES), element),
  tuple(constantFrom('remove', 'removeTopmost'), constantFrom(...NAMES), constant('')),
);

const canonical = (name: string): string => {
  const id = headerId(name);
  return id === Header.Other ? name.toLowerCase() : headerName(id);
};

/** What an operation does to the model; the rest of a list keeps the text after its first comma. */
function applyToModel(fields: ModelField[], [kind, name, value]: readonly [string, string, string]): void {
  const same = fields.flatMap((candidate, at) => (canonical(candidate.name) === canonical(name) ? [at] : []));
  const line: ModelField = { name, elements: [value], text: `${name}: ${value}\r\n` };
  const first = same[0];
  switch (kind) {
    case 'prepend':
      fields.splice(first ?? 0, 0, line);
      return;
    case 'append':
      fields.splice(same.length === 0 ? fields.length : (same.at(-1) as number) + 1, 0, line);
      return;
    case 'replace':
      if (first === undefined) fields.push(line);
      else {
        fields[first] = line;
        for (const at of same.slice(1).reverse()) fields.splice(at, 1);
      }
      return;
    case 'remove':
      for (const at of same.reverse()) fields.splice(at, 1);
      return;
    default: {
      if (first === undefined) {
        if (kind === 'replaceTopmost') fields.push(line);
        return;
      }
      const old = fields[first] as ModelField;
      const elements = kind === 'replaceTopmost' ? [value, ...old.elements.slice(1)] : old.elements.slice(1);
      if (elements.length === 0) {
        fields.splice(first, 1);
        return;
      }
      const second = old.elements[1];
      const rest = second === undefined ? '' : old.text.slice(old.text.indexOf(second, endOfFirst(old)), -2);
      const text = kind === 'removeTopmost' ? rest : rest === '' ? value : `${value}, ${rest}`;
      fields[first] = { name, elements, text: `${name}: ${text.replace(/\s*\r\n\s*/g, ' ')}\r\n` };
    }
  }
}

function endOfFirst(old: ModelField): number {
  const first = old.elements[0] as string;
  return old.text.indexOf(first, old.name.length) + first.length;
}

it('does what a plain model does, and leaves every other byte alone', () => {
  const head = 'Via: SIP/2.0/UDP top;branch=z9hG4bKtop\r\n';
  const tail = CORE.split(/(?<=\r\n)/);
  assert(
    property(array(field, { maxLength: 6 }), array(operation, { maxLength: 6 }), (fields, operations) => {
      const raw = `${START}${head}${fields.map((f) => f.text).join('')}${CORE}\r\nabc`;
      const change = edit(parsed(raw));
      const model: ModelField[] = [
        { name: 'Via', elements: ['SIP/2.0/UDP top;branch=z9hG4bKtop'], text: head },
        ...fields,
        ...tail.map((text) => ({ name: text.slice(0, text.indexOf(':')), elements: [], text })),
      ];
      for (const [kind, name, value] of operations) {
        applyToModel(model, [kind, name, value]);
        if (kind === 'remove' || kind === 'removeTopmost') change[kind](name);
        else (change[kind as 'prepend'] as (n: string, v: string) => MessageEdit).call(change, name, value);
      }
      expect(change.toString()).toBe(`${START}${model.map((f) => f.text).join('')}\r\nabc`);
    }),
    { numRuns: 2000 },
  );
});
