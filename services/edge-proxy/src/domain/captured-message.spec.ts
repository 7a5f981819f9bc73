import { describe, expect, it } from 'vitest';
import { callIdOf } from './captured-message.js';

describe('callIdOf', () => {
  it.each([
    ['the usual form', 'INVITE sip:a SIP/2.0\r\nCall-ID: a1@h\r\nCSeq: 1 INVITE\r\n\r\n', 'a1@h'],
    ['another case and spaces', 'INVITE sip:a SIP/2.0\r\ncall-id \t:  a1@h \r\n\r\n', 'a1@h'],
    ['the compact form', 'SIP/2.0 200 OK\r\ni: a1@h\r\n\r\n', 'a1@h'],
    ['none', 'INVITE sip:a SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n', undefined],
    ['no SIP', '\u0000\u0001', undefined],
    ['a cut message', 'INVITE sip:a SIP/2.0\r\nCall-ID: a1', 'a1'],
  ])('%s', (_what, raw, callId) => {
    expect(callIdOf(raw)).toBe(callId);
  });
});
