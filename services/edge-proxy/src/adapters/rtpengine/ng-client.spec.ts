import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NgChannelEvents, OpenNgChannel } from './ng-channel.js';
import { NgClient, type NgOutcome } from './ng-client.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A channel whose far end is the test. */
function scripted() {
  const sent: string[] = [];
  const channels: NgChannelEvents[] = [];
  const open: OpenNgChannel = (_to, events) => {
    channels.push(events);
    return { send: (datagram) => void sent.push(datagram), close: () => undefined };
  };
  const client = new NgClient({ to: { host: '192.0.2.1', port: 2223 }, open });
  const outcomes: NgOutcome[] = [];
  return {
    sent,
    outcomes,
    client,
    channels,
    ask: () => client.ask({ command: 'ping' }, (outcome) => outcomes.push(outcome)),
    answer: (text: string, cookie = sent.at(-1)?.split(' ')[0] ?? '') => channels.at(-1)?.received(`${cookie} ${text}`),
  };
}

describe('a command to rtpengine', () => {
  it.each<{ text: string; expected: object }>([
    { text: '{"result":"pong"}', expected: { kind: 'done', reply: { result: 'pong' } } },
    { text: '{"result":"ok","sdp":"v=0"}', expected: { kind: 'done', reply: { sdp: 'v=0' } } },
    { text: '{"statistics":{}}', expected: { kind: 'done' } },
    {
      text: '{"result":"error","error-reason":"Unknown call-id"}',
      expected: { kind: 'refused', reason: 'Unknown call-id', full: false },
    },
    {
      text: '{"result":"error","error-reason":"Parallel session limit reached"}',
      expected: { kind: 'refused', full: true },
    },
    { text: '{}', expected: { kind: 'refused', reason: 'an answer without a result' } },
  ])('is answered with $text', ({ text, expected }) => {
    const ng = scripted();
    ng.ask();
    ng.answer(text);
    expect(ng.outcomes).toMatchObject([expected]);
  });

  it.each(['nonsense', '', '[', '"x"', 'null'])('is not answered by %j', (text) => {
    const ng = scripted();
    ng.ask();
    ng.answer(text);
    ng.channels.at(-1)?.received(text);
    expect(ng.outcomes).toEqual([]);
  });

  it('is repeated under the same cookie, then given up', () => {
    const ng = scripted();
    ng.ask();
    vi.advanceTimersByTime(600);
    expect(ng.sent).toHaveLength(4);
    expect(new Set(ng.sent).size).toBe(1);
    vi.advanceTimersByTime(399);
    expect(ng.outcomes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ng.outcomes).toEqual([{ kind: 'silent', reason: 'no answer' }]);
    ng.answer('{"result":"pong"}');
    expect([ng.outcomes.length, ng.sent.length]).toEqual([1, 4]);
  });

  it('is answered once, however many answers come', () => {
    const ng = scripted();
    ng.ask();
    ng.answer('{"result":"pong"}');
    ng.answer('{"result":"pong"}');
    vi.advanceTimersByTime(5_000);
    expect([ng.outcomes.length, ng.sent.length]).toEqual([1, 1]);
  });

  it('fails at once when the kernel says that nobody is there, and the next one opens a new socket', () => {
    const ng = scripted();
    ng.ask();
    ng.ask();
    ng.channels[0]?.failed(new Error('ECONNREFUSED'));
    expect(ng.outcomes).toEqual([
      { kind: 'silent', reason: 'ECONNREFUSED' },
      { kind: 'silent', reason: 'ECONNREFUSED' },
    ]);
    ng.ask();
    ng.answer('{"result":"pong"}');
    expect(ng.channels).toHaveLength(2);
    expect(ng.outcomes).toHaveLength(3);
  });

  it('has a cookie of its own', () => {
    const ng = scripted();
    ng.ask();
    ng.ask();
    const [first, second] = ng.sent.map((each) => each.split(' ')[0] ?? '');
    ng.answer('{"result":"ok","sdp":"second"}', second);
    ng.answer('{"result":"ok","sdp":"first"}', first);
    expect(ng.outcomes).toMatchObject([{ reply: { sdp: 'second' } }, { reply: { sdp: 'first' } }]);
  });

  it('is not sent when too many wait', () => {
    const ng = scripted();
    for (let count = 0; count < 4_097; count++) ng.ask();
    expect([ng.sent.length, ng.outcomes]).toEqual([
      4_096,
      [{ kind: 'silent', reason: 'too many commands are waiting' }],
    ]);
  });
});
