import { edge, edgeEvents, type events } from '@ringdown/contracts';
import { InProcessBus, silentLogger } from '@ringdown/platform';
import type { SipLinkConnector, SipLinkFlow } from '@ringdown/sip-transport';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgePeers } from './edge-peers.js';

const flow = { transport: 'SIPLINK' } as unknown as SipLinkFlow;

function connectorTo(changed: () => void): SipLinkConnector & { readonly closed: boolean; drop(): void } {
  let closed = false;
  let started = false;
  return {
    linkClass: 'calls',
    flow,
    get connected() {
      return started && !closed;
    },
    get closed() {
      return closed;
    },
    start: () => {
      started = true;
      changed();
    },
    drop: () => {
      started = false;
      changed();
    },
    whenConnected: () => Promise.resolve(flow),
    close: () => {
      closed = true;
    },
  };
}

describe('EdgePeers', () => {
  let bus: InProcessBus;
  let clock: { now: number };
  let opened: { readonly port: number; readonly connector: ReturnType<typeof connectorTo> }[];
  let peers: EdgePeers;
  let answer: edge.NonceClaim | Error;
  let asked: string[];
  let takenBy: number | undefined;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    bus = new InProcessBus({ logger: silentLogger() });
    clock = { now: 0 };
    opened = [];
    answer = edge.NonceClaim.FRESH;
    asked = [];
    takenBy = undefined;
    peers = new EdgePeers({
      bus,
      self: { id: 'edge-1', incarnation: 'a' },
      address: () => '127.0.0.1:1001',
      now: () => clock.now,
      connect: ({ port }, changed) => {
        const connector = connectorTo(changed);
        opened.push({ port, connector });
        return {
          connector,
          answers: true,
          close: () => connector.close(),
          service: {
            claimNonce: async () => (answer instanceof Error ? Promise.reject(answer) : { claim: answer }),
            takeRequests: async ({ edgeId, requests }) => {
              asked.push(`${edgeId} asks ${port}: ${requests.length}`);
              return { taken: requests.map(() => port === takenBy) };
            },
            findMessages: () => Promise.reject(new Error('nobody asks for messages here')),
          },
        };
      },
    });
  });
  afterEach(async () => {
    peers.close();
    vi.useRealTimers();
    await bus.close();
  });

  async function hear(presence: Partial<events.EdgePresence>): Promise<void> {
    const event = {
      edgeId: 'edge-2',
      incarnation: 'b',
      siplinkAddress: '127.0.0.1:1002',
      leaving: false,
      draining: false,
      ...presence,
    };
    bus.publish(edgeEvents.subject(event), edgeEvents.encode(event));
    await bus.flush();
  }

  it('connects once to an edge that announces itself, and not to itself', async () => {
    await hear({});
    await hear({});
    await hear({ edgeId: 'edge-1', incarnation: 'a' });
    expect(opened.map(({ port }) => port)).toEqual([1002]);
    expect(peers.flow('edge-2', 'b')).toBe(flow);
  });

  it('knows exactly one life of an edge', async () => {
    await hear({});
    expect(peers.flow('edge-2', 'c')).toBeUndefined();
    await hear({ incarnation: 'c', siplinkAddress: '127.0.0.1:1003' });
    expect(opened.map(({ port, connector }) => [port, connector.closed])).toEqual([
      [1002, true],
      [1003, false],
    ]);
    expect(peers.flow('edge-2', 'b')).toBeUndefined();
    expect(peers.flow('edge-2', 'c')).toBe(flow);
  });

  it.each([
    { name: 'its own leaving ends it', word: { leaving: true }, there: false },
    { name: 'the leaving of an earlier life does not', word: { incarnation: 'old', leaving: true }, there: true },
    { name: 'an announcement without an address ends it', word: { siplinkAddress: '' }, there: false },
  ])('$name', async ({ word, there }) => {
    await hear({});
    await hear(word);
    expect(peers.flow('edge-2', 'b') !== undefined).toBe(there);
  });

  it('hands what begins to an edge that stays, to the same one for the same Call-ID', async () => {
    const give = (callId: string): Promise<boolean | undefined> =>
      new Promise((resolve) => {
        const source = { host: '192.0.2.1', port: 5060 };
        peers.handTo(callId, { kind: 'handed', raw: 'INVITE', source, listener: undefined }, resolve);
      });
    await expect(give('c1')).resolves.toBeUndefined();
    await hear({});
    await hear({ edgeId: 'edge-3', siplinkAddress: '127.0.0.1:1003' });
    expect(peers.successors).toBe(2);
    for (const callId of ['a', 'b', 'c', 'd', 'e', 'f', 'a', 'b', 'c', 'd', 'e', 'f']) await give(callId);
    expect(asked.slice(0, 6)).toEqual(asked.slice(6));
    expect(new Set(asked)).toEqual(new Set(['edge-1 asks 1002: 1', 'edge-1 asks 1003: 1']));
    takenBy = 1003;
    await hear({ draining: true });
    expect(peers.successors).toBe(1);
    await expect(give('a')).resolves.toBe(true);
    await hear({ edgeId: 'edge-3', siplinkAddress: '127.0.0.1:1003', draining: true });
    await expect(give('a')).resolves.toBeUndefined();
  });

  it('forgets an edge that is silent for five seconds and has no stream', async () => {
    await hear({});
    opened[0]?.connector.drop();
    clock.now = 4_999;
    vi.advanceTimersByTime(1_000);
    expect(opened[0]?.connector.closed).toBe(false);
    clock.now = 5_000;
    vi.advanceTimersByTime(1_000);
    expect(peers.flow('edge-2', 'b')).toBeUndefined();
    expect(opened[0]?.connector.closed).toBe(true);
  });

  it('keeps a silent edge whose stream stands: the bus may be away', async () => {
    await hear({});
    clock.now = 60_000;
    vi.advanceTimersByTime(1_000);
    expect(peers.flow('edge-2', 'b')).toBe(flow);
  });

  it('says that a life is over only when another one is known', async () => {
    expect(peers.isOver('edge-2', 'a')).toBe(false);
    await hear({});
    expect([peers.isOver('edge-2', 'a'), peers.isOver('edge-2', 'b')]).toEqual([true, false]);
  });

  it('answers a newcomer at once', async () => {
    const heard: string[] = [];
    await bus.flush();
    bus.subscribe(edgeEvents.pattern('_platform'), ({ data }) => heard.push(edgeEvents.decode(data)?.edgeId ?? ''));
    await hear({});
    await bus.flush();
    expect(heard.filter((edgeId) => edgeId === 'edge-1')).toHaveLength(1);
  });

  it('announces itself every second, and its leaving', async () => {
    const heard: (events.EdgePresence | undefined)[] = [];
    await bus.flush();
    bus.subscribe(edgeEvents.pattern('_platform'), ({ data }) => heard.push(edgeEvents.decode(data)));
    vi.advanceTimersByTime(2_000);
    peers.close();
    await bus.flush();
    expect(heard.map((presence) => [presence?.edgeId, presence?.siplinkAddress, presence?.leaving])).toEqual([
      ['edge-1', '127.0.0.1:1001', false],
      ['edge-1', '127.0.0.1:1001', false],
      ['edge-1', '127.0.0.1:1001', true],
    ]);
  });

  it.each([
    { name: 'a first use', answer: edge.NonceClaim.FRESH, claim: 'ok' },
    { name: 'a replay', answer: edge.NonceClaim.REPLAY, claim: 'replay' },
    { name: 'too old', answer: edge.NonceClaim.STALE, claim: 'stale' },
    { name: 'not its own', answer: edge.NonceClaim.FOREIGN, claim: 'foreign' },
    { name: 'no answer', answer: new Error('deadline'), claim: 'gone' },
  ])('asks the edge that issued a nonce: $name', async (row) => {
    await hear({});
    answer = row.answer;
    expect(await new Promise((resolve) => peers.claimNonce('edge-2', 'b', 'nonce', 1, resolve))).toBe(row.claim);
  });

  it('a nonce of an edge or a life that is not there is gone at once', async () => {
    await hear({});
    const claims: string[] = [];
    peers.claimNonce('edge-3', 'b', 'nonce', 1, (claim) => claims.push(claim));
    peers.claimNonce('edge-2', 'old', 'nonce', 1, (claim) => claims.push(claim));
    expect(claims).toEqual(['gone', 'gone']);
  });

  it('asks no edge about a nonce whose stream has broken', async () => {
    await hear({});
    opened[0]?.connector.drop();
    const claims: string[] = [];
    peers.claimNonce('edge-2', 'b', 'nonce', 1, (claim) => claims.push(claim));
    expect(claims).toEqual(['gone']);
  });

  it.each([
    { name: 'a newcomer', change: () => hear({ edgeId: 'edge-3', siplinkAddress: '127.0.0.1:1003' }) },
    { name: 'another life', change: () => hear({ incarnation: 'c' }) },
    { name: 'one that leaves', change: () => hear({ leaving: true }) },
    { name: 'one that drains', change: () => hear({ draining: true }) },
    { name: 'a stream that breaks', change: async () => opened[0]?.connector.drop() },
  ])('the set of edges is unsettled for 32 s after $name', async ({ change }) => {
    expect(peers.unsettled).toBe(false);
    await hear({});
    clock.now = 32_000;
    await hear({});
    expect(peers.unsettled).toBe(false);
    await change();
    clock.now = 63_999;
    expect(peers.unsettled).toBe(true);
    clock.now = 64_000;
    expect(peers.unsettled).toBe(false);
  });

  it.each([
    { name: 'one takes it', by: 1003, taken: true },
    { name: 'nobody does', by: undefined, taken: false },
  ])('offers a request to every edge that has a stream: $name', async ({ by, taken }) => {
    takenBy = by;
    for (const id of [2, 3, 4]) await hear({ edgeId: `edge-${id}`, siplinkAddress: `127.0.0.1:100${id}` });
    opened[2]?.connector.drop();
    expect(peers.size).toBe(2);
    const answers: boolean[] = [];
    peers.offer({ kind: 'invite', key: 'k1' }, (each) => answers.push(each));
    peers.offer({ kind: 'sip', raw: 'CANCEL' }, (each) => answers.push(each));
    await vi.waitFor(() => expect(answers).toEqual([taken, taken]));
    // What is asked in one turn goes together.
    expect(asked).toEqual(['edge-1 asks 1002: 2', 'edge-1 asks 1003: 2']);
  });

  it('says at once that nobody took it where nobody is', () => {
    const answers: boolean[] = [];
    peers.offer({ kind: 'invite', key: 'k1' }, (each) => answers.push(each));
    expect(answers).toEqual([false]);
  });

  it.each([
    { name: 'alone, after a while', others: 0, drops: false, atMs: 1_500 },
    { name: 'with others, as soon as they can be asked', others: 2, drops: false, atMs: 300 },
    { name: 'without a stream to one of them, after a while', others: 2, drops: true, atMs: 1_500 },
  ])('is acquainted $name', async ({ others, drops, atMs }) => {
    for (let id = 2; id < 2 + others; id += 1)
      await hear({ edgeId: `edge-${id}`, siplinkAddress: `127.0.0.1:100${id}` });
    if (drops) opened[0]?.connector.drop();
    clock.now = atMs - 1;
    expect(peers.acquainted).toBe(false);
    clock.now = atMs;
    expect(peers.acquainted).toBe(true);
  });

  it('tells the others that it drains', async () => {
    const heard: (boolean | undefined)[] = [];
    await bus.flush();
    bus.subscribe(edgeEvents.pattern('_platform'), ({ data }) => heard.push(edgeEvents.decode(data)?.draining));
    peers.drain();
    await bus.flush();
    expect(heard).toEqual([true]);
  });
});
