import { describe, expect, it } from 'vitest';
import { tellsFailedCall } from './keep-reason.js';

const response = (statusCode: number, cseq = 'CSeq: 1 INVITE'): string =>
  `SIP/2.0 ${statusCode} X\r\nCall-ID: a\r\n${cseq}\r\n\r\n`;

describe('tellsFailedCall', () => {
  it.each([
    [response(100), false],
    [response(200), false],
    [response(404), false],
    [response(408), true],
    [response(486), false],
    [response(500), true],
    [response(503, 'cseq : 12  invite'), true],
    [response(600), false],
    [response(603), false],
    [response(606), true],
    [response(503, 'CSeq: 1 REGISTER'), false],
    ['SIP/2.0 503', false],
    ['SUBSCRIBE sip:a SIP/2.0\r\nCSeq: 5 INVITE\r\n\r\n', false],
    ['', false],
  ])('%j: %s', (raw, failed) => {
    expect(tellsFailedCall(raw)).toBe(failed);
  });
});
