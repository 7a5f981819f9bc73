import { silentLogger } from '@ringdown/platform';
import type { Flow } from '@ringdown/sip-transport';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgeDrain } from './edge-drain.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An edge with connections, of which some are busy. */
function world({ connections = 0, requests = 0, successors = 1 } = {}) {
  const open = new Set<Flow>();
  for (let id = 1; id <= connections; id += 1) {
    const flow: Pick<Flow, 'id' | 'close'> = { id, close: () => void open.delete(flow as Flow) };
    open.add(flow as Flow);
  }
  const busy = new Set<Flow>();
  const state = { requests, successors, listening: true, became: [] as string[], now: 0 };
  const port = {
    connections: () => open,
    stopListening: () => {
      state.listening = false;
    },
  };
  const drain = new EdgeDrain({
    times: { noticeMs: 5_000, graceMs: 20_000 },
    successors: () => state.successors,
    unanswered: () => ({ requests: state.requests, flows: new Set(busy) }),
    streams: () => [port],
    newRequests: (become) => state.became.push(become),
    logger: silentLogger(),
    now: () => state.now,
    random: () => 0,
  });
  let isDone = false;
  void drain.done.then(() => {
    isDone = true;
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      state.now += 100;
      await vi.advanceTimersByTimeAsync(100);
    }
  };
  return { drain, state, open, busy, pass, isDone: () => isDone };
}

describe('an edge that leaves', () => {
  it('goes on as before for the time of notice, then listens no more and closes some connections at a time', async () => {
    const { state, open, pass, isDone } = world({ connections: 100 });
    await pass(4_900);
    expect([state.listening, open.size, state.became]).toEqual([true, 100, []]);
    await pass(100);
    expect([state.listening, state.became]).toEqual([false, ['handed over']]);
    await pass(1_000);
    expect(open.size).toBe(50);
    await pass(1_000);
    expect(open.size).toBe(0);
    await pass(1_800);
    expect(isDone()).toBe(false);
    await pass(300);
    expect(isDone()).toBe(true);
  });

  it('closes a connection on which something is under way last, and not in the moment of the answer', async () => {
    const { open, busy, pass } = world({ connections: 10 });
    const [call] = open;
    if (call !== undefined) busy.add(call);
    await pass(8_000);
    expect([...open]).toEqual([call]);
    busy.clear();
    await pass(100);
    expect(open.size).toBe(1);
    await pass(100);
    expect(open.size).toBe(0);
  });

  it('waits for who rings up to the end of the grace time, and says how many it leaves', async () => {
    const { drain, pass, isDone } = world({ requests: 3 });
    await pass(24_900);
    expect(isDone()).toBe(false);
    await pass(100);
    expect(isDone()).toBe(true);
    expect([drain.stage, drain.counters.cutOff]).toEqual(['over', 3]);
  });

  it('refuses what is new while nobody can take it, and hands it over when somebody can', async () => {
    const { state, pass } = world({ requests: 1 });
    state.successors = 0;
    await pass(5_000);
    state.successors = 1;
    await pass(100);
    expect(state.became).toEqual(['refused', 'handed over']);
  });

  it('alone refuses at once, and keeps its connections', async () => {
    const { state, open, pass, isDone } = world({ connections: 2, requests: 1, successors: 0 });
    expect(state.became).toEqual(['refused']);
    await pass(500);
    expect([state.listening, open.size, isDone()]).toEqual([true, 2, false]);
    state.requests = 0;
    await pass(100);
    expect([open.size, isDone()]).toEqual([2, true]);
  });
});
