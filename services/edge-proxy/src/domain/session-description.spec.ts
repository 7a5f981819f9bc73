import { expect, it } from 'vitest';
import { parsed } from '../testing/requests.js';
import { sessionPart } from './session-description.js';

const message = (contentType: string, body: string) =>
  parsed(
    `INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n${contentType === '' ? '' : `Content-Type: ${contentType}\r\n`}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
const mixed =
  '--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nContent-Type: application/sdp\r\nContent-ID: <1@x>\r\n\r\nv=0\r\n\r\n--b--\r\n';

it.each([
  { name: 'alone', type: 'application/sdp', body: 'v=0\r\n', sdp: 'v=0\r\n', replaced: 'NEW' },
  {
    name: 'alone, with parameters',
    type: 'Application/SDP;charset=utf-8',
    body: 'v=0\r\n',
    sdp: 'v=0\r\n',
    replaced: 'NEW',
  },
  {
    name: 'as a part',
    type: 'multipart/mixed; boundary=b',
    body: mixed,
    sdp: 'v=0\r\n',
    replaced: mixed.replace('v=0\r\n', 'NEW'),
  },
  {
    name: 'as a part, the boundary in quotes',
    type: 'multipart/mixed;boundary="b"',
    body: mixed,
    sdp: 'v=0\r\n',
    replaced: mixed.replace('v=0\r\n', 'NEW'),
  },
  {
    name: 'behind another boundary',
    type: 'multipart/mixed;boundary=c',
    body: mixed,
    sdp: undefined,
    replaced: undefined,
  },
  { name: 'without a boundary', type: 'multipart/mixed', body: mixed, sdp: undefined, replaced: undefined },
  {
    name: 'cut off',
    type: 'multipart/mixed;boundary=b',
    body: mixed.slice(0, 80),
    sdp: undefined,
    replaced: undefined,
  },
  { name: 'not at all', type: 'text/plain', body: 'v=0\r\n', sdp: undefined, replaced: undefined },
  { name: 'without a type', type: '', body: 'v=0\r\n', sdp: undefined, replaced: undefined },
  { name: 'empty', type: 'application/sdp', body: '', sdp: undefined, replaced: undefined },
])('a session description $name', ({ type, body, sdp, replaced }) => {
  const part = sessionPart(message(type, body));
  expect([part?.sdp, part?.bodyWith('NEW')]).toEqual([sdp, replaced]);
});
