import { describe, expect, it } from 'vitest';
import { type Due, Liveness, sweepIntervalMs } from './liveness.js';
import { defaultStreamLimits, defaultWebSocketLimits, type StreamLimits } from './stream-limits.js';

const limits: StreamLimits = { ...defaultStreamLimits, idleTimeoutMs: 600, pingIntervalMs: 100, pongTimeoutMs: 10 };

type Step = readonly [atMs: number, traffic: '' | 'heard' | 'sent', due: Due];

/** The steps as they come to be, in a connection whose traffic falls between the times. */
function story(liveness: Liveness, steps: readonly Step[]): readonly Step[] {
  return steps.map(([atMs, traffic]) => {
    if (traffic === 'heard') liveness.heard();
    if (traffic === 'sent') liveness.sent();
    return [atMs, traffic, liveness.sweep(atMs, () => 1)];
  });
}

describe('a connection', () => {
  it.each<[what: string, limits: StreamLimits, pings: boolean, steps: readonly Step[]]>([
    [
      'is idle when nothing has come or gone for long enough',
      limits,
      false,
      [
        [0, '', 'nothing'],
        [500, 'heard', 'nothing'],
        [1_000, 'sent', 'nothing'],
        [1_599, '', 'nothing'],
        [1_600, '', 'idle'],
      ],
    ],
    [
      'is pinged when nothing was heard for a while, and lives when anything is heard in time',
      limits,
      true,
      [
        [0, '', 'nothing'],
        [99, 'sent', 'nothing'],
        [100, 'sent', 'ping'],
        [109, '', 'nothing'],
        [110, 'heard', 'nothing'],
        [209, '', 'nothing'],
        [210, '', 'ping'],
        [219, 'sent', 'nothing'],
        [220, 'sent', 'no-pong'],
      ],
    ],
    [
      'is pinged by one side only',
      limits,
      false,
      [
        [0, '', 'nothing'],
        [500, '', 'nothing'],
      ],
    ],
    [
      'is not pinged where that is off',
      { ...limits, pingIntervalMs: 0 },
      true,
      [
        [0, '', 'nothing'],
        [500, '', 'nothing'],
      ],
    ],
  ])('%s', (_what, of, pings, steps) => {
    expect(story(new Liveness(of, pings), steps)).toEqual(steps);
  });

  it('is pinged at a random time between 80 % and 100 % of the interval (RFC 5626 §4.4.1)', () => {
    for (const [random, earliestMs] of [
      [0, 80],
      [0.5, 90],
      [1, 100],
    ] as const) {
      const liveness = new Liveness(limits, true);
      expect(liveness.sweep(0, () => random)).toBe('nothing');
      expect(liveness.sweep(earliestMs - 1)).toBe('nothing');
      expect(liveness.sweep(earliestMs)).toBe('ping');
    }
  });
});

it.each([
  ['by default', defaultStreamLimits, 1_250],
  ['of WebSockets, so that pings and pongs are in time', defaultWebSocketLimits, 1_250],
  ['of short times, as tests have them', { ...limits, idleTimeoutMs: 20 }, 5],
])('a port looks at its connections often enough %s', (_what, of, everyMs) => {
  expect(sweepIntervalMs(of)).toBe(everyMs);
});
