import { InProcessBus, silentLogger } from '@ringdown/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BusPodVoices } from './bus-pod-voices.js';

const life = (podId: string, incarnation = 'i1') => ({ podId, incarnation });

describe('BusPodVoices', () => {
  let bus: InProcessBus;
  const open: BusPodVoices[] = [];
  const podOf = (self = life('focus-1')): BusPodVoices => {
    const voices = new BusPodVoices({ bus, self, address: () => '10.0.0.5:9000', now: () => Date.now() });
    open.push(voices);
    return voices;
  };
  const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  beforeEach(() => {
    vi.useFakeTimers();
    bus = new InProcessBus({ logger: silentLogger() });
  });
  afterEach(() => {
    for (const voices of open.splice(0)) voices.leave();
    vi.useRealTimers();
  });

  it('hears pods as soon as they are there, and knows that they are silent after a while', async () => {
    const one = podOf();
    expect(one.of(life('focus-2'))).toBe('unknown');
    await later(2_000);
    const two = podOf(life('focus-2'));
    await later(1);
    expect(one.of(life('focus-2'))).toBe('heard');
    await later(10_000);
    expect(one.of(life('focus-2'))).toBe('heard');
    expect(one.of(life('focus-1'))).toBe('heard');
    expect(one.of(life('focus-2', 'another life'))).toBe('unheard');
    vi.spyOn(bus, 'publish').mockReturnValue(false);
    await later(1_200);
    expect(one.of(life('focus-2'))).toBe('heard');
    await later(200);
    expect(one.of(life('focus-2'))).toBe('unheard');
    expect(two.of(life('focus-1'))).toBe('unheard');
  });

  it('hears at once that a pod drains, and that it leaves', async () => {
    const one = podOf();
    const two = podOf(life('focus-2'));
    await later(1);
    two.drain();
    await later(1);
    expect(one.of(life('focus-2'))).toBe('draining');
    expect(two.of(life('focus-2'))).toBe('draining');
    two.leave();
    await later(1);
    expect(one.of(life('focus-2'))).toBe('left');
    podOf(life('focus-2', 'i2'));
    await later(1);
    expect(one.of(life('focus-2', 'i2'))).toBe('heard');
  });

  it('draws no conclusion from a silence in which it could not listen', async () => {
    const one = podOf();
    podOf(life('focus-2'));
    await later(5_000);
    vi.spyOn(bus, 'connected', 'get').mockReturnValue(false);
    vi.spyOn(bus, 'publish').mockReturnValue(false);
    await later(3_000);
    expect(one.of(life('focus-2'))).toBe('unknown');
    vi.restoreAllMocks();
    expect(one.of(life('focus-2'))).toBe('unknown');
    await later(600);
    expect(one.of(life('focus-2'))).toBe('heard');
  });

  it('draws none after a pause of its own process', async () => {
    const one = podOf();
    podOf(life('focus-2'));
    await later(5_000);
    // Timers didn't run meanwhile, and words of others may wait behind this one.
    vi.setSystemTime(Date.now() + 4_000);
    expect(one.of(life('focus-2'))).toBe('unknown');
    await later(600);
    expect(one.of(life('focus-2'))).toBe('heard');
  });

  it('says nothing of a pod without an address', async () => {
    const one = podOf();
    const hidden = new BusPodVoices({ bus, self: life('focus-3'), address: () => undefined, now: () => Date.now() });
    open.push(hidden);
    await later(3_000);
    expect(one.of(life('focus-3'))).toBe('unheard');
  });
});
