import { buildRequest, buildResponse, Header, parseMessage } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { MessageRecorder, matchesLadder } from './recorder.js';

const options = buildRequest({
  method: 'OPTIONS',
  requestUri: 'sip:b@example.com',
  headers: [
    [Header.Via, 'SIP/2.0/UDP a.test;branch=z9hG4bK1'],
    [Header.From, '<sip:a@example.com>;tag=a'],
    [Header.To, '<sip:b@example.com>'],
    [Header.CallId, 'c1'],
    [Header.CSeq, '4 OPTIONS'],
  ],
});

function recorded(): MessageRecorder {
  let now = 100;
  const recorder = new MessageRecorder(() => (now += 10));
  const request = parseMessage(options);
  if (request.kind !== 'request') throw new Error('the request does not parse');
  recorder.record('>', '192.0.2.1:5060', options);
  recorder.record('>', '192.0.2.1:5060', options);
  recorder.record('<', '192.0.2.1:5060', buildResponse(request, 100));
  recorder.record('<', '192.0.2.1:5060', buildResponse(request, 200, { toTag: 'b' }));
  recorder.record('<', '192.0.2.1:5060', 'nonsense');
  return recorder;
}

describe('a message recorder', () => {
  it('keeps what passed, with its time', () => {
    const [first] = recorded().messages;
    expect(first).toEqual({
      at: 10,
      direction: '>',
      peer: '192.0.2.1:5060',
      startLine: 'OPTIONS sip:b@example.com SIP/2.0',
      word: 'OPTIONS',
      cseq: '4 OPTIONS',
      callId: 'c1',
      repeated: false,
      raw: options,
    });
  });

  it('leaves retransmissions out of the ladder unless asked', () => {
    expect(recorded().ladder({ callId: 'c1' })).toEqual(['> OPTIONS', '< 100', '< 200']);
    expect(recorded().ladder({ callId: 'c1', repeated: true })).toEqual(['> OPTIONS', '> OPTIONS', '< 100', '< 200']);
    expect(recorded().ladder({ method: 'INVITE' })).toEqual([]);
  });

  it('says in which messages a ladder differs', () => {
    const recorder = recorded();
    expect(() => recorder.expectLadder(['> OPTIONS', '…', '< 200'], { callId: 'c1' })).not.toThrow();
    expect(() => recorder.expectLadder(['> OPTIONS', '< 200'], { callId: 'c1' })).toThrow(
      /expected: > OPTIONS {2}< 200\nrecorded: > OPTIONS {2}< 100 {2}< 200\n.*OPTIONS sip:b@example\.com SIP\/2\.0/s,
    );
  });

  it.each([
    [[], [], true],
    [['a'], [], false],
    [[], ['a'], false],
    [['a', 'b'], ['a', 'b'], true],
    [['a', 'b'], ['…'], true],
    [[], ['…'], true],
    [['a', 'b', 'c'], ['a', '…', 'c'], true],
    [['a', 'c'], ['a', '…', 'c'], true],
    [['a', 'c', 'd'], ['a', '…', 'c'], false],
    [['a', 'b', 'a', 'c'], ['…', 'a', 'c'], true],
  ])('%j against %j: %s', (actual, expected, matches) => {
    expect(matchesLadder(actual, expected)).toBe(matches);
  });
});
