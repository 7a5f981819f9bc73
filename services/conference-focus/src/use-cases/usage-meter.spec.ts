import { describe, expect, it } from 'vitest';
import { SimulatedTime } from '../testing/simulated-time.js';
import { UsageMeter } from './usage-meter.js';

function scene() {
  const time = new SimulatedTime();
  const written: [string, number][][] = [];
  const failures: unknown[] = [];
  const state = { isAway: false };
  const meter = new UsageMeter({
    timers: time,
    failed: (error) => void failures.push(error),
    store: {
      async add(memberMs) {
        if (state.isAway) throw new Error('away');
        written.push([...memberMs]);
      },
    },
  });
  const left = (tenantId: string, durationMs: number): void =>
    meter.happened({
      type: 'left',
      tenantId,
      room: 'r',
      conferenceId: 'c',
      atMs: 0,
      member: { memberId: 'm', uri: 'sip:a@b', displayName: undefined },
      how: 'departed',
      reason: '',
      durationMs,
    });
  return { time, written, failures, state, meter, left };
}

describe('the usage of tenants', () => {
  it('is written once a second, added up by tenant', async () => {
    const { time, written, left } = scene();
    left('acme', 1_000);
    left('other', 5);
    left('acme', 500);
    left('acme', 0);
    await time.pass(999);
    expect(written).toEqual([]);
    await time.pass(1);
    expect(written).toEqual([
      [
        ['acme', 1_500],
        ['other', 5],
      ],
    ]);
    await time.pass(10_000);
    expect(written).toHaveLength(1);
    expect(time.waiting).toBe(0);
  });

  it('is kept while it can not be written', async () => {
    const { time, written, failures, state, left } = scene();
    state.isAway = true;
    left('acme', 1_000);
    await time.pass(3_000);
    expect(failures).toHaveLength(3);
    left('acme', 10);
    state.isAway = false;
    await time.pass(1_000);
    expect(written).toEqual([[['acme', 1_010]]]);
  });

  it('is written at the end, and nothing waits after that', async () => {
    const { time, written, state, meter, left } = scene();
    left('acme', 7);
    await meter.stop();
    expect(written).toEqual([[['acme', 7]]]);
    state.isAway = true;
    left('acme', 8);
    await meter.stop();
    expect(time.waiting).toBe(0);
  });
});
