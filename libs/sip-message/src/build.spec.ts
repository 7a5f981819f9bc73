import { array, assert, constantFrom, property, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerableRequest } from './answerable-request.js';
import { buildRequest, buildResponse, type ResponseOptions } from './build.js';
import { Header } from './header.js';
import type { SipRequest } from './message.js';
import { parseMessage } from './parse.js';
import { reasonPhrase } from './reason-phrase.js';

const INVITE = [
  'INVITE sip:b@example.com SIP/2.0',
  'v:SIP/2.0/UDP h1;branch=z9hG4bK1 ,\r\n SIP/2.0/TCP h2',
  'Via: SIP/2.0/TCP h3',
  'Record-Route: <sip:p2;lr>, <sip:p1;lr>',
  'f: "A" <sip:a@example.com>;tag=1',
  't: <sip:b@example.com>',
  'i: c@h',
  'CSeq: 7 INVITE',
  'Timestamp: 54.1',
  'l: 0',
  '\r\n',
].join('\r\n');

function request(raw: string): SipRequest {
  const message = parseMessage(raw);
  if (message.kind !== 'request') throw new Error('no request');
  return message;
}

const VIAS = 'Via: SIP/2.0/UDP h1;branch=z9hG4bK1 , SIP/2.0/TCP h2\r\nVia: SIP/2.0/TCP h3\r\n';
const FROM = 'From: "A" <sip:a@example.com>;tag=1\r\n';
const ROUTES = 'Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\n';
const DIALOG = 'Call-ID: c@h\r\nCSeq: 7 INVITE\r\n';

describe('buildResponse (RFC 3261 §8.2.6)', () => {
  it.each<[what: string, statusCode: number, options: ResponseOptions, expected: string]>([
    [
      '100: no tag, Timestamp, no Record-Route',
      100,
      { toTag: 'x' },
      `SIP/2.0 100 Trying\r\n${VIAS}${FROM}To: <sip:b@example.com>\r\n${DIALOG}Timestamp: 54.1\r\nContent-Length: 0\r\n\r\n`,
    ],
    [
      '180: tag and Record-Route',
      180,
      { toTag: 'x' },
      `SIP/2.0 180 Ringing\r\n${VIAS}${ROUTES}${FROM}To: <sip:b@example.com>;tag=x\r\n${DIALOG}Content-Length: 0\r\n\r\n`,
    ],
    [
      '200 without Record-Route on request',
      200,
      { toTag: 'x', recordRoute: false },
      `SIP/2.0 200 OK\r\n${VIAS}${FROM}To: <sip:b@example.com>;tag=x\r\n${DIALOG}Content-Length: 0\r\n\r\n`,
    ],
    [
      '404 with headers and body',
      404,
      {
        toTag: 'x',
        headers: [
          [Header.Server, 's'],
          ['X-Y', 'z'],
        ],
        contentType: 'text/plain',
        body: '\xff',
      },
      `SIP/2.0 404 Not Found\r\n${VIAS}${FROM}To: <sip:b@example.com>;tag=x\r\n${DIALOG}Server: s\r\nX-Y: z\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n\xff`,
    ],
    [
      'line ends in options add no header',
      480,
      { reasonPhrase: 'a\r\nX: b', toTag: 'x\r\nY: z', headers: [['P', 'q\r\n\r\nINVITE']] },
      `SIP/2.0 480 a X: b\r\n${VIAS}${FROM}To: <sip:b@example.com>;tag=x Y: z\r\n${DIALOG}P: q INVITE\r\nContent-Length: 0\r\n\r\n`,
    ],
  ])('%s', (_what, statusCode, options, expected) => {
    expect(buildResponse(request(INVITE), statusCode, options)).toBe(expected);
  });

  it('keeps the tag of a request within a dialog', () => {
    const inDialog = request(INVITE.replace('t: <sip:b@example.com>', 't: <sip:b@example.com>;tag=old'));
    expect(parseMessage(buildResponse(inDialog, 200, { toTag: 'new' }))).toMatchObject({ toTag: 'old' });
  });

  it.each([
    ['a malformed CSeq', INVITE.replace('7 INVITE', 'x'), ['CSeq: x', 'To: <sip:b@example.com>;tag=n']],
    [
      'an unreadable To with a tag',
      INVITE.replace('t: <sip:b@example.com>', 't: "b <sip:b@h> ; TAG = o'),
      ['To: "b <sip:b@h> ; TAG = o\r\n'],
    ],
    [
      'an unreadable To without',
      INVITE.replace('t: <sip:b@example.com>', 't: "b <sip:b@h>'),
      ['To: "b <sip:b@h>;tag=n'],
    ],
    [
      'a repeated From',
      INVITE.replace('i: c@h', 'i: c@h\r\nFrom: <sip:other@h>'),
      ['From: "A" <sip:a@example.com>;tag=1'],
    ],
    [
      'a bare LF before a forged header',
      INVITE.replace('tag=1', 'tag=1\nSet-Me: free'),
      ['From: "A" <sip:a@example.com>;tag=1\r\n'],
    ],
    ['a bare CR in Via', INVITE.replace('TCP h3', 'TCP h3\rX: y'), ['Via: SIP/2.0/TCP h3\r\n']],
  ])('answers a request with %s', (_what, raw, lines) => {
    const failure = parseMessage(raw);
    if (failure.kind !== 'failure' || failure.partial === undefined) throw new Error('not an answerable failure');
    const answer = buildResponse(failure.partial, 400, { toTag: 'n', reasonPhrase: failure.reason });
    for (const line of lines) expect(answer).toContain(line);
    expect(answer.split('\r\n').every((line) => !/[\r\n]/.test(line))).toBe(true);
    expect(answer).not.toContain('\nSet-Me');
    expect(answer).not.toContain('\nX: y');
    expect(answer).not.toContain('Record-Route');
    expect(answer.match(/^From:/gm)).toHaveLength(1);
  });
});

it.each([
  ['a framing error’s head', INVITE.slice(0, 200), 'INVITE'],
  ['leading CRLFs', `\r\n${INVITE}`, 'INVITE'],
  ['an ACK', INVITE.replace('INVITE', 'ACK'), undefined],
  ['a response', INVITE.replace(/^[^\r]*/, 'SIP/2.0 200 OK'), undefined],
  ['no Via', 'INVITE sip:h SIP/2.0\r\nFrom: <sip:a@h>\r\n\r\n', undefined],
  ['an empty text', '', undefined],
])('answerableRequest of %s', (_what, head, method) => {
  expect(answerableRequest(head)?.method).toBe(method);
});

it('buildRequest writes what parseMessage reads back', () => {
  const token = stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,12}$/);
  const value = stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
  assert(
    property(
      token,
      token,
      array(value, { maxLength: 4 }),
      constantFrom('', 'v=0\r\n', '\x00\xff'),
      (method, tag, values, body) => {
        const raw = buildRequest({
          method,
          requestUri: 'sip:b@example.com',
          headers: [
            [Header.Via, `SIP/2.0/UDP h;branch=z9hG4bK${tag}`],
            [Header.From, `<sip:a@example.com>;tag=${tag}`],
            [Header.To, '<sip:b@example.com>'],
            [Header.CallId, tag],
            [Header.CSeq, `1 ${method}`],
            ...values.map((text) => ['X-Value', text] as const),
          ],
          body,
        });
        const message = parseMessage(raw);
        expect(message).toMatchObject({ kind: 'request', method, fromTag: tag, callId: tag, body });
        expect((message as SipRequest).named('x-value')).toEqual(values);
      },
    ),
    { numRuns: 500 },
  );
});

it.each([
  [100, 'Trying'],
  [404, 'Not Found'],
  [440, 'Max-Breadth Exceeded'],
  [299, 'Success'],
  [499, 'Client Error'],
  [699, 'Global Failure'],
])('reasonPhrase(%i) is %j', (statusCode, phrase) => {
  expect(reasonPhrase(statusCode)).toBe(phrase);
});
