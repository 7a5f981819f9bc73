import type { location } from '@ringdown/contracts';
import type { Flow } from '@ringdown/sip-transport';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RegisteredFlows } from './registered-flows.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp() {
  const asked: location.UnbindRequest[] = [];
  const state = { away: false, mostUnderWay: 0 };
  let underWay = 0;
  const flows = new RegisteredFlows({
    edge: { id: 'e1', incarnation: 'i1' },
    unbind: async (request) => {
      underWay += 1;
      state.mostUnderWay = Math.max(state.mostUnderWay, underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay -= 1;
      if (state.away) throw new Error('away');
      asked.push(request);
      return { removed: 1, version: 1 };
    },
    failed: () => undefined,
    succeeded: () => undefined,
    timeoutMs: 100,
  });
  let lastId = 0;
  const connection = (over: { transport?: string; reliable?: boolean; closed?: boolean } = {}) => {
    lastId += 1;
    const flow = {
      id: lastId,
      transport: 'TCP',
      reliable: true,
      closed: false,
      ...over,
      close: () => {
        flow.closed = true;
        flows.closed(flow as unknown as Flow);
      },
    };
    return flow as unknown as Flow & { closed: boolean };
  };
  const registered = (count: number): readonly Flow[] =>
    Array.from({ length: count }, (_, i) => {
      const flow = connection();
      flows.registered(flow, 't1', `sip:u${i}@example.org`);
      return flow;
    });
  return { flows, asked, state, connection, registered };
}

describe('RegisteredFlows', () => {
  it('knows which device has registered over a connection, until that closes', async () => {
    const { flows, connection } = setUp();
    const flow = connection();
    const pinhole = connection({ transport: 'UDP', reliable: false });
    const device = () => flows.deviceOver(flow, 't1', 'sip:a@example.org');
    flows.registered(flow, 't1', 'sip:a@example.org');
    expect(device()).toBeUndefined();
    for (const named of ['<urn:uuid:1>', '<urn:uuid:2>', undefined]) {
      flows.registered(flow, 't1', 'sip:a@example.org', named);
      flows.registered(pinhole, 't1', 'sip:a@example.org', named);
      expect(device()).toBe(named ?? '<urn:uuid:2>');
    }
    expect(flows.deviceOver(flow, 't2', 'sip:a@example.org')).toBeUndefined();
    expect(flows.deviceOver(pinhole, 't1', 'sip:a@example.org')).toBeUndefined();
    flow.close();
    expect(device()).toBeUndefined();
    await vi.runAllTimersAsync();
  });

  it('tells of each address of record once, and of nothing that was refreshed', async () => {
    const { flows, asked, connection } = setUp();
    const flow = connection();
    for (const user of ['a', 'b', 'a']) flows.registered(flow, 't1', `sip:${user}@example.org`);
    flow.close();
    await vi.runAllTimersAsync();
    expect(asked.map(({ addressOfRecord }) => addressOfRecord).sort()).toEqual([
      'sip:a@example.org',
      'sip:b@example.org',
    ]);
    expect(asked[0]).toMatchObject({ tenantId: 't1', flowToken: 'tcp#1', edgeId: 'e1', incarnation: 'i1' });
    expect([flows.size, flows.waiting, flows.counters.unbound]).toEqual([0, 0, 2]);
  });

  it('tells of one that closed before the registration was acknowledged', async () => {
    const { flows, asked, connection } = setUp();
    flows.registered(connection({ closed: true }), 't1', 'sip:a@example.org');
    await vi.runAllTimersAsync();
    expect([asked.length, flows.size]).toEqual([1, 0]);
  });

  it.each([
    ['a pinhole', { transport: 'UDP', reliable: false }],
    ['a stream of the platform', { transport: 'SIPLINK' }],
  ])('has nothing to do with %s', (_, over) => {
    const { flows, connection } = setUp();
    flows.registered(connection(over), 't1', 'sip:a@example.org');
    expect(flows.size).toBe(0);
  });

  it('asks so many at once, and again each second while location is away', async () => {
    const { flows, asked, state, registered } = setUp();
    state.away = true;
    for (const flow of registered(500)) flow.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([asked.length, flows.waiting, state.mostUnderWay]).toEqual([0, 500, 32]);
    state.away = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect([asked.length, flows.waiting]).toEqual([500, 0]);
    expect(new Set(asked.map(({ addressOfRecord }) => addressOfRecord)).size).toBe(500);
  });

  it('closes all within five seconds, evenly, unless they may stay', async () => {
    const { flows, registered } = setUp();
    const last = registered(1_000).at(-1);
    flows.move();
    const left: number[] = [];
    for (let second = 1; second <= 5; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      left.push(flows.size);
      if (second === 3) registered(10);
    }
    expect(left.map((count) => Math.round(count / 100))).toEqual([8, 6, 4, 2, 0]);
    // Whoever has connected meanwhile knows what it does.
    await vi.advanceTimersByTimeAsync(10_000);
    expect([flows.size, last?.closed, flows.counters.moved]).toEqual([10, true, 1_000]);

    const other = setUp();
    other.registered(1_000);
    other.flows.move();
    await vi.advanceTimersByTimeAsync(1_000);
    other.flows.stay();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(Math.round(other.flows.size / 100)).toBe(8);
  });

  it('leaves the rest to the end of the lease when the edge stops', async () => {
    const { flows, asked, registered } = setUp();
    const all = registered(10);
    flows.stop();
    for (const flow of all) flow.close();
    await vi.runAllTimersAsync();
    expect(asked).toEqual([]);
  });
});
