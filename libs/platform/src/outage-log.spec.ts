import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from './logger.js';
import { OutageLog } from './outage-log.js';
import { ServiceError } from './service-error.js';

class Scene {
  readonly lines: string[] = [];
  readonly outages = new OutageLog(
    createLogger({
      service: 'test',
      level: 'info',
      pretty: false,
      write: (line) => {
        const { level, message, dependency, outageMs, failures } = JSON.parse(line) as Record<string, string>;
        this.lines.push([level, message, dependency, outageMs, failures].filter((it) => it !== undefined).join(' '));
      },
    }),
    () => Date.now(),
  );

  fail(key = 'postgres', error: unknown = new ServiceError('unavailable', 'x')): boolean {
    return this.outages.failed(key, 'away', { error });
  }

  work(key = 'postgres'): boolean {
    return this.outages.healed(key, 'back');
  }
}

describe('OutageLog', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('says once that a dependency failed, and once that it works again', () => {
    const scene = new Scene();
    expect(scene.work()).toBe(false);
    expect([scene.fail(), scene.fail(), scene.fail()]).toEqual([true, false, false]);
    vi.advanceTimersByTime(1_000);
    expect([scene.work(), scene.work()]).toEqual([true, false]);
    expect(scene.lines).toEqual(['error away postgres', 'info back postgres 1000 3']);
  });

  it('waits for a second without a failure, and then needs no further success', () => {
    const scene = new Scene();
    scene.fail();
    vi.advanceTimersByTime(300);
    scene.work();
    vi.advanceTimersByTime(699);
    expect(scene.lines).toEqual(['error away postgres']);
    vi.advanceTimersByTime(1);
    expect(scene.lines).toEqual(['error away postgres', 'info back postgres 300 1']);
    expect(scene.fail()).toBe(true);
  });

  it('does not flap while one of many calls fails', () => {
    const scene = new Scene();
    for (let i = 0; i < 400; i += 1) {
      scene.fail();
      scene.work();
      vi.advanceTimersByTime(10);
    }
    expect(scene.lines).toEqual(['error away postgres']);
    vi.advanceTimersByTime(1_000);
    expect(scene.lines).toEqual(['error away postgres', 'info back postgres 3990 400']);
  });

  it('takes an overload for none', () => {
    const scene = new Scene();
    expect(scene.fail('directory', new ServiceError('resource-exhausted', 'busy'))).toBe(false);
    expect(scene.lines).toEqual([]);
  });

  it('does not let an overload prolong an outage', () => {
    const scene = new Scene();
    scene.fail();
    vi.advanceTimersByTime(900);
    scene.work();
    scene.fail('postgres', new ServiceError('resource-exhausted', 'busy'));
    vi.advanceTimersByTime(100);
    expect(scene.lines).toEqual(['error away postgres', 'info back postgres 900 1']);
  });

  it('keeps dependencies apart', () => {
    const scene = new Scene();
    scene.fail('postgres');
    scene.fail('nats');
    vi.advanceTimersByTime(2_000);
    scene.work('nats');
    expect(scene.lines).toEqual(['error away postgres', 'error away nats', 'info back nats 2000 1']);
  });
});
