import { describe, expect, it } from 'vitest';
import type { MixTrial } from './measure-mix.js';
import { mixTable, ratios } from './mix-table.js';

const quiet = { stolenShare: 0, foreignShare: 0, calibrationMicros: 100 };

function trial(cpuMicros: number, changes: Partial<MixTrial> = {}): MixTrial {
  return {
    cpuMicros,
    coreShare: cpuMicros / 100,
    sentShare: 1,
    receivedShare: 1,
    reports: 1,
    lateP99Ms: 2,
    noise: quiet,
    loadShare: 0.5,
    ...changes,
  };
}

const cell = { kind: 'G.711', shape: 'one', participants: 50 } as const;

describe('mixTable', () => {
  it('compares turn by turn', () => {
    const ringdown = [trial(10), trial(20), trial(30)];
    const janus = [trial(20), trial(50), trial(50)];
    const { rows, remarks } = mixTable([{ cell, trials: { ringdown, janus } }], 'ringdown', 'janus');
    expect(rows).toEqual([
      ['G.711', 'one room', '50', '20.0 (10.0–30.0)', '50.0 (20.0–50.0)', '0.50 (0.40–0.60)', '20 %', '50 %', '2.0'],
    ]);
    expect(remarks).toEqual(['The machine was quiet during every measurement.']);
  });

  it('says where a system could not keep up, and compares nothing with it', () => {
    const janus = [trial(20, { receivedShare: 0.4 })];
    const { rows } = mixTable([{ cell, trials: { ringdown: [trial(10)], janus } }], 'ringdown', 'janus');
    expect(rows[0]?.slice(3, 6)).toEqual(['10.0', 'too many: 40 % of the packets', '']);
    expect(ratios([trial(10)], janus)).toBeUndefined();
  });

  it('leaves a system out that has no such codec', () => {
    const { rows } = mixTable([{ cell, trials: { ringdown: [trial(10)] } }], 'ringdown', 'janus');
    expect(rows[0]?.slice(3, 8)).toEqual(['10.0', '', '', '10 %', '']);
  });

  it('gives another form of the own system a column', () => {
    const trials = { ringdown: [trial(10)], slower: [trial(15)], janus: [trial(20)] };
    const { rows, columns } = mixTable([{ cell, trials }], 'ringdown', 'janus', 'slower');
    expect(columns.slice(3, 7)).toEqual(['ringdown CPU µs', 'slower CPU µs', 'janus CPU µs', '× janus']);
    expect(rows[0]?.slice(3, 7)).toEqual(['10.0', '15.0', '20.0', '0.50']);
  });

  it('names what was disturbed', () => {
    const noisy = trial(10, { noise: { ...quiet, foreignShare: 0.5 } });
    const starved = trial(10, { sentShare: 0.9 });
    const { remarks } = mixTable([{ cell, trials: { ringdown: [trial(9), noisy, starved] } }], 'ringdown', 'janus');
    expect(remarks).toEqual([
      'TOO NOISY: 2 of 3 measurements were disturbed; repeat them on a quiet machine.',
      "ringdown, G.711, 50 in one room: other processes used 50 % of the system's core",
      'ringdown, G.711, 50 in one room: the load sent too few packets',
    ]);
  });
});
