import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkMs, MediaNodes } from './media-nodes.js';
import type { OpenNgChannel } from './ng-channel.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** rtpengines that answer at once, each by its port, unless they are down. */
function farm(sessions: Readonly<Record<number, number>>) {
  const down = new Set<number>();
  const log: string[] = [];
  const open: OpenNgChannel = ({ port }, events) => ({
    send: (datagram) => {
      if (down.has(port)) return;
      const cookie = datagram.split(' ')[0];
      queueMicrotask(() =>
        events.received(`${cookie} {"statistics":{"currentstatistics":{"sessionstotal":${sessions[port] ?? 0}}}}`),
      );
    },
    close: () => undefined,
  });
  const nodes = new MediaNodes({
    nodes: Object.keys(sessions).map((port) => ({ id: Number(port), host: '192.0.2.1', port: Number(port) })),
    open,
    changed: (node, healthy) => log.push(`${node.id} ${healthy ? 'up' : 'down'}`),
  });
  return { nodes, down, log };
}

const afterCheck = (): Promise<unknown> => vi.advanceTimersByTimeAsync(checkMs);
/** A check that nobody answers fails a second after it. */
const afterSilence = (): Promise<unknown> => vi.advanceTimersByTimeAsync(2 * checkMs);

describe('the media nodes', () => {
  it('give a new call to the one with the fewest, counting what was given since it said how many', async () => {
    const { nodes } = farm({ 1: 5, 2: 3 });
    await afterCheck();
    expect([0, 0, 0, 0].map(() => nodes.leastLoaded())).toEqual([2, 2, 1, 2]);
    nodes.close();
  });

  it('give none to one that does not answer, until it does again', async () => {
    const { nodes, down, log } = farm({ 1: 0, 2: 9 });
    down.add(1);
    await afterSilence();
    expect([nodes.leastLoaded(), log]).toEqual([2, ['1 down']]);
    down.add(2);
    await afterSilence();
    expect(nodes.leastLoaded()).toBeUndefined();
    down.clear();
    await afterCheck();
    expect([nodes.leastLoaded(), log]).toEqual([1, ['1 down', '2 down', '1 up', '2 up']]);
    nodes.close();
  });

  it('give none that was tried', async () => {
    const { nodes } = farm({ 1: 0, 2: 9 });
    expect([nodes.leastLoaded(new Set([1])), nodes.leastLoaded(new Set([1, 2]))]).toEqual([2, undefined]);
    nodes.close();
  });

  it('let every edge find the same substitute for one that is gone', async () => {
    const first = farm({ 1: 0, 2: 0, 3: 0 });
    const second = farm({ 1: 7, 2: 8, 3: 9 });
    expect(first.nodes.serving(1, 'call')).toBe(1);
    for (const each of [first, second]) each.down.add(1);
    await afterSilence();
    const calls = Array.from({ length: 40 }, (_, index) => `call-${index}`);
    const picked = calls.map((call) => first.nodes.serving(1, call));
    expect(picked).toEqual(calls.map((call) => second.nodes.serving(1, call)));
    expect(new Set(picked)).toEqual(new Set([2, 3]));
    for (const each of [first, second]) each.nodes.close();
  });

  it('know nothing of a node that was taken out of the setting', () => {
    const { nodes } = farm({ 1: 0 });
    const outcomes: unknown[] = [];
    nodes.ask(9, { command: 'ping' }, (outcome) => outcomes.push(outcome));
    expect(outcomes).toEqual([{ kind: 'silent', reason: 'there is no media node 9' }]);
    expect(nodes.serving(9, 'call')).toBe(1);
    nodes.close();
  });
});
