import { describe, expect, it } from 'vitest';
import { BusyShare } from './busy-share.js';

/** A loop whose time passes as it is told. */
function loop() {
  const times = { active: 0, idle: 0 };
  const share = new BusyShare(() => ({ ...times }));
  const pass = (active: number, idle: number): number => {
    times.active += active;
    times.idle += idle;
    return share.now;
  };
  return { pass };
}

describe('the busy share of the event loop', () => {
  it('comes near to what it is all the time', () => {
    const { pass } = loop();
    for (let window = 0; window < 50; window += 1) pass(6, 4);
    expect(pass(6, 4)).toBeCloseTo(0.6, 3);
  });

  it('is what it was until a window has passed', () => {
    const { pass } = loop();
    expect(pass(9, 0)).toBe(0);
    expect(pass(1, 0)).toBeCloseTo(0.3, 5);
  });

  it('forgets what was long ago, however seldom it is asked', () => {
    const { pass } = loop();
    for (let window = 0; window < 50; window += 1) pass(10, 0);
    expect(pass(0, 1_000)).toBeLessThan(0.001);
  });

  it('rises within some tens of milliseconds', () => {
    const { pass } = loop();
    for (let window = 0; window < 5; window += 1) pass(10, 0);
    expect(pass(10, 0)).toBeGreaterThan(0.8);
  });
});
