import { buildRequest, Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import {
  type EnvelopePipe,
  newSipLinkCounters,
  type QueuedItem,
  SipLinkChannel,
  type SipLinkCounters,
} from './siplink-channel.js';
import { defaultSipLinkLimits, type SipLinkLimits } from './siplink-limits.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';

class RecordedPipe implements EnvelopePipe {
  readonly batches: string[][] = [];
  takesMore = true;
  ended: 'no' | 'gracefully' | 'aborted' = 'no';
  reading = true;

  write(batch: readonly QueuedItem[]): boolean {
    this.batches.push(batch.map(({ item }) => (item.kind === 'message' ? item.raw : item.notice.reason)));
    return this.takesMore;
  }

  pauseReading(): void {
    this.reading = false;
  }

  resumeReading(): void {
    this.reading = true;
  }

  end(abort: boolean): void {
    this.ended = abort ? 'aborted' : 'gracefully';
  }
}

interface Rig {
  readonly channel: SipLinkChannel;
  readonly pipe: RecordedPipe;
  readonly events: RecordedEvents;
  readonly clock: { now: number };
}

function rig(limits: Partial<SipLinkLimits> = {}, counters?: SipLinkCounters): Rig {
  const pipe = new RecordedPipe();
  const events = new RecordedEvents();
  const clock = { now: 1_000 };
  const address = { host: '127.0.0.1', port: 1 };
  const channel = new SipLinkChannel({
    linkClass: 'calls',
    peer: { name: 'edge-1', incarnation: 'a' },
    local: address,
    remote: address,
    events,
    limits: { ...defaultSipLinkLimits, ...limits },
    now: () => clock.now,
    pipe,
    counters,
  });
  return { channel, pipe, events, clock };
}

function request(method: string, toTag = ''): string {
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

/** The turn of the event loop in which a channel writes what was queued before. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('SipLinkChannel', () => {
  it('sends what one turn queues as one batch, in order', async () => {
    const { channel, pipe } = rig();
    channel.send('1');
    channel.send('2');
    channel.sendNotice({ code: 'flow-gone', branch: 'b', method: 'INVITE', reason: '3' });
    expect(pipe.batches).toEqual([]);
    await nextTurn();
    expect(pipe.batches).toEqual([['1', '2', '3']]);
    channel.send('4');
    await nextTurn();
    expect(pipe.batches[1]).toEqual(['4']);
    expect(channel.counters).toMatchObject({ sent: 4, batches: 2 });
  });

  it('counts together with others, and what waits no more once a stream is gone', async () => {
    const counters = newSipLinkCounters();
    const [one, other] = [rig({}, counters), rig({}, counters)];
    one.channel.send('1');
    other.channel.send('2');
    other.channel.send('3');
    expect(counters.queued).toBe(3);
    other.channel.broken('reset');
    expect(counters.queued).toBe(1);
    await nextTurn();
    expect(counters).toEqual({ sent: 1, received: 0, batches: 1, refused: 0, late: 0, queued: 0 });
  });

  it.each([
    ['envelopes', { maxBatch: 2 }, [['aaa', 'bbb'], ['ccc']]],
    ['bytes', { maxBatchBytes: 5 }, [['aaa'], ['bbb'], ['ccc']]],
    ['bytes, yet always one', { maxBatchBytes: 1 }, [['aaa'], ['bbb'], ['ccc']]],
  ])('bounds a batch by %s', async (_what, limits, batches) => {
    const { channel, pipe } = rig(limits);
    for (const raw of ['aaa', 'bbb', 'ccc']) channel.send(raw);
    await nextTurn();
    expect(pipe.batches).toEqual(batches);
  });

  it('waits while the peer reads nothing, and goes on where it stopped', async () => {
    const { channel, pipe } = rig({ maxBatch: 1 });
    pipe.takesMore = false;
    channel.send('1');
    channel.send('2');
    channel.send('3');
    await nextTurn();
    await nextTurn();
    expect(pipe.batches).toEqual([['1']]);
    channel.drained();
    expect(pipe.batches).toEqual([['1'], ['2']]);
    pipe.takesMore = true;
    channel.drained();
    expect(pipe.batches).toEqual([['1'], ['2'], ['3']]);
    channel.close();
  });

  it.each([
    ['INVITE', '', 'full'],
    ['REGISTER', '', 'full'],
    ['INVITE', ';tag=b', 'queued'],
    ['ACK', ';tag=b', 'queued'],
    ['CANCEL', '', 'queued'],
    ['PRACK', ';tag=b', 'queued'],
    ['BYE', ';tag=b', 'queued'],
  ] as const)('when full, %s with To tag "%s" is %s', (method, toTag, outcome) => {
    const { channel } = rig({ maxQueued: 2, reserved: 2 });
    channel.send(request('INVITE'));
    channel.send(request('INVITE'));
    expect(channel.sendEnvelope(request(method, toTag), {})).toBe(outcome);
    expect(channel.counters.refused).toBe(outcome === 'full' ? 1 : 0);
  });

  it('has room for responses when full, and refuses even those when the reserve is used up', () => {
    const { channel } = rig({ maxQueued: 1, reserved: 1 });
    channel.send(request('INVITE'));
    expect(channel.send('SIP/2.0 200 OK\r\n\r\n')).toBe(true);
    expect(channel.send('SIP/2.0 200 OK\r\n\r\n')).toBe(false);
  });

  it('is full by bytes too, with as much again in reserve', () => {
    const invite = request('INVITE');
    const { channel } = rig({ maxQueuedBytes: invite.length });
    expect(channel.sendEnvelope(invite, {})).toBe('queued');
    expect(channel.sendEnvelope(invite, {})).toBe('full');
    expect(channel.sendEnvelope(request('BYE', ';tag=b'), {})).toBe('queued');
    expect(channel.sendEnvelope(request('BYE', ';tag=b'), {})).toBe('full');
  });

  it('drops what waited past its deadline, the given one or the default', async () => {
    const { channel, pipe, clock } = rig({ maxBatch: 1, deadlineMs: 1_000 });
    pipe.takesMore = false;
    channel.send('now');
    await nextTurn();
    channel.sendEnvelope('short', { deadlineMs: 100 });
    channel.send('default');
    channel.sendEnvelope('long', { deadlineMs: 5_000 });
    clock.now += 1_001;
    pipe.takesMore = true;
    channel.drained();
    expect(pipe.batches).toEqual([['now'], ['long']]);
    expect(channel.counters.late).toBe(2);
  });

  it('is broken when the peer reads nothing for too long', async () => {
    const { channel, pipe, events } = rig({ stallTimeoutMs: 5 });
    pipe.takesMore = false;
    channel.send('1');
    await eventually(() => expect(events.closings).toEqual(['peer-not-reading']));
    expect(pipe.ended).toBe('aborted');
    expect(channel.sendEnvelope('2', {})).toBe('closed');
  });

  it('tells once that it broke, in a turn of its own', async () => {
    const { channel, events } = rig();
    channel.broken('reset');
    channel.broken('again');
    channel.close();
    expect(channel.closed).toBe(true);
    expect(events.closings).toEqual([]);
    await nextTurn();
    expect(events.closings).toEqual(['reset']);
  });

  it('sends what is queued before it closes', () => {
    const { channel, pipe } = rig();
    channel.send('last words');
    channel.close();
    expect(pipe.batches).toEqual([['last words']]);
    expect(pipe.ended).toBe('gracefully');
  });

  it('hands on messages and notices in order, and nothing after it was closed', () => {
    const { channel, events } = rig();
    const notice = { code: 'draining', branch: 'b', method: 'INVITE', reason: 'r' } as const;
    events.react = () => channel.close();
    channel.receive([
      { kind: 'notice', notice },
      { kind: 'message', raw: 'm', context: { flowToken: 't' } },
      { kind: 'message', raw: 'late', context: {} },
    ]);
    expect(events.all).toMatchObject([
      { type: 'peerSendFailed', notice },
      { type: 'message', raw: 'm', envelope: { flowToken: 't' } },
    ]);
  });

  it('pauses and resumes reading', () => {
    const { channel, pipe } = rig();
    channel.pauseReading();
    expect(pipe.reading).toBe(false);
    channel.resumeReading();
    expect(pipe.reading).toBe(true);
  });
});
