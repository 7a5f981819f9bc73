import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installSignalHandlers, type RunningService, Shutdown } from './lifecycle.js';
import { createLogger, silentLogger } from './logger.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const forever = () => new Promise<void>(() => undefined);

interface Script {
  readonly drain?: (timeoutMs: number) => Promise<void>;
  readonly stop?: () => Promise<void>;
}

function world(scripts: Readonly<Record<string, Script>>, options: { timeoutMs?: number } = {}) {
  const steps: string[] = [];
  let now = 0;
  const lines: string[] = [];
  const logger = createLogger({
    service: 'starter',
    level: 'warn',
    write: (line) => void lines.push(line),
    pretty: false,
  });
  const shutdown = new Shutdown({ logger, now: () => now, ...options });
  for (const [name, script] of Object.entries(scripts)) {
    const service: RunningService = {
      name,
      drain: async (timeoutMs) => {
        steps.push(`drain ${name}`);
        await script.drain?.(timeoutMs);
      },
      stop: async () => {
        steps.push(`stop ${name}`);
        await script.stop?.();
      },
    };
    shutdown.add(service);
  }
  const advance = async (ms: number) => {
    now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  return {
    shutdown,
    steps,
    advance,
    messages: () => lines.map((line) => (JSON.parse(line) as { message: string }).message),
  };
}

describe('Shutdown', () => {
  it('drains and stops one service after the other', async () => {
    const { shutdown, steps } = world({ edge: {}, location: {}, bus: {} });
    await expect(shutdown.signal()).resolves.toBe('clean');
    expect(steps).toEqual(['drain edge', 'stop edge', 'drain location', 'stop location', 'drain bus', 'stop bus']);
  });

  it('gives all of them together its time, then stops them all the same', async () => {
    const given: number[] = [];
    const slow: Script = {
      drain: (timeoutMs) => {
        given.push(timeoutMs);
        return forever();
      },
    };
    const { shutdown, steps, advance, messages } = world({ edge: slow, location: slow }, { timeoutMs: 4_000 });
    const outcome = shutdown.signal();
    await advance(3_999);
    expect(steps).toEqual(['drain edge']);
    await advance(1);
    await advance(10);
    await expect(outcome).resolves.toBe('forced');
    expect(steps).toEqual(['drain edge', 'stop edge', 'drain location', 'stop location']);
    expect(given).toEqual([4_000, 0]);
    expect(messages()).toEqual(['edge did not drain in time', 'location did not drain in time']);
  });

  it.each<[string, Script, string]>([
    ['drain', { drain: () => Promise.reject(new Error('x')) }, 'edge failed to drain'],
    ['stop', { stop: () => Promise.reject(new Error('x')) }, 'edge failed to stop'],
  ])('goes on when one fails to %s', async (_step, script, message) => {
    const { shutdown, steps, messages } = world({ edge: script, bus: {} });
    await expect(shutdown.signal()).resolves.toBe('forced');
    expect(steps).toEqual(['drain edge', 'stop edge', 'drain bus', 'stop bus']);
    expect(messages()).toEqual([message]);
  });

  it('takes a signal repeated within a second for the same one', async () => {
    const { shutdown, steps, advance } = world({ edge: { drain: forever }, bus: {} });
    const first = shutdown.signal();
    await advance(900);
    const second = shutdown.signal();
    await advance(50);
    expect(steps).toEqual(['drain edge']);
    expect(second).toBe(first);
  });

  it('takes a later signal for "now": nothing more is drained, everything is stopped', async () => {
    const { shutdown, steps, advance, messages } = world({
      edge: { drain: forever },
      location: { drain: forever },
      bus: {},
    });
    const outcome = shutdown.signal();
    await advance(1_001);
    void shutdown.signal();
    await advance(0);
    await expect(outcome).resolves.toBe('forced');
    expect(steps.filter((step) => step.startsWith('stop'))).toEqual(['stop edge', 'stop location', 'stop bus']);
    expect(messages()).toContain('edge did not drain in time');
  });

  it('does not wait long for one that is stopping when "now" comes', async () => {
    const { shutdown, steps, advance } = world({ edge: { stop: forever }, bus: {} });
    const outcome = shutdown.signal();
    await advance(1_001);
    void shutdown.signal();
    await advance(500);
    await expect(outcome).resolves.toBe('forced');
    expect(steps).toEqual(['drain edge', 'stop edge', 'drain bus', 'stop bus']);
  });

  it('gives up on a service that never stops', async () => {
    const { shutdown, steps, advance, messages } = world({ edge: { stop: forever }, bus: {} }, { timeoutMs: 1_000 });
    const outcome = shutdown.signal();
    await advance(1_000);
    await expect(outcome).resolves.toBe('forced');
    expect(steps).toEqual(['drain edge', 'stop edge', 'drain bus', 'stop bus']);
    expect(messages()).toEqual(['edge did not stop in time']);
  });
});

describe('installSignalHandlers', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends the process after %s', async (signal) => {
    const codes: number[] = [];
    const before = process.listenerCount(signal);
    const uninstall = installSignalHandlers(new Shutdown({ logger: silentLogger() }), (code) => void codes.push(code));
    process.emit(signal, signal);
    await vi.advanceTimersByTimeAsync(0);
    uninstall();
    expect(codes).toEqual([0]);
    expect(process.listenerCount(signal)).toBe(before);
  });
});
