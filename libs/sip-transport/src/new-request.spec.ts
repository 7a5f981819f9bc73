import { buildRequest, buildResponse, Header, parseMessage } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { isNewRequest } from './new-request.js';

function request(method: string, toTag: string): string {
  return buildRequest({
    method,
    requestUri: 'sip:bob@example.com',
    headers: [
      [Header.Via, 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1'],
      [Header.From, '<sip:alice@example.com>;tag=a'],
      [Header.To, `<sip:bob@example.com>${toTag}`],
      [Header.CallId, 'call'],
      [Header.CSeq, `1 ${method}`],
    ],
  });
}

describe('isNewRequest', () => {
  it.each([
    ['INVITE', '', true],
    ['REGISTER', '', true],
    ['MESSAGE', '', true],
    ['INVITE', ';tag=b', false],
    ['INFO', ';tag=b', false],
    ['ACK', '', false],
    ['CANCEL', '', false],
    ['PRACK', '', false],
    ['BYE', '', false],
  ])('%s with To tag "%s": %s', (method, toTag, expected) => {
    expect(isNewRequest(request(method, toTag))).toBe(expected);
  });

  it('is false for a response', () => {
    const invite = parseMessage(request('INVITE', ''));
    if (invite.kind !== 'request') throw new Error('the INVITE must parse');
    expect(isNewRequest(buildResponse(invite, 180))).toBe(false);
  });

  it('is true for what cannot be read', () => {
    expect(isNewRequest('INVITE')).toBe(true);
  });
});
