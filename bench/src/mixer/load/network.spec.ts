import type { Flow } from '@ringdown/sip-transport';
import { describe, expect, it } from 'vitest';
import { Network } from './network.js';

/** Packets as they come out, with the millisecond. */
function through(network: Network, packets: number): readonly { readonly number: number; readonly ms: number }[] {
  const out: { number: number; ms: number }[] = [];
  let nowMs = 0;
  const flow = { send: (raw: string) => out.push({ number: Number(raw), ms: nowMs }) > 0 } as unknown as Flow;
  for (; nowMs < packets * 20 + 100; nowMs += 1) {
    network.deliver(nowMs);
    if (nowMs % 20 === 0 && nowMs / 20 < packets) network.send(flow, String(nowMs / 20), nowMs);
  }
  return out;
}

describe('Network', () => {
  it('passes all on at once where nothing impairs it', () => {
    expect(through(new Network(undefined), 3)).toEqual([0, 1, 2].map((number) => ({ number, ms: number * 20 })));
  });

  it('loses and delays as it is told, the same each time', () => {
    const impairment = { lossShare: 0.1, mostDelayMs: 40, seed: 3 };
    const out = through(new Network(impairment), 2000);
    expect(out.length / 2000).toBeCloseTo(0.9, 1);
    const delays = out.map(({ number, ms }) => ms - number * 20);
    expect(Math.min(...delays)).toBe(0);
    expect(Math.max(...delays)).toBe(40);
    expect(delays.reduce((sum, delay) => sum + delay, 0) / delays.length).toBeCloseTo(20, -1);
    expect(out.some(({ number }, index) => number < (out[index - 1]?.number ?? 0))).toBe(true);
    expect(through(new Network(impairment), 2000)).toEqual(out);
  });
});
