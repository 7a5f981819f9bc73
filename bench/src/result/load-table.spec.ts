import { expect, it } from 'vitest';
import type { Trial } from '../measure/trial.js';
import { loadTable } from './load-table.js';
import { asMarkdown, forTerminal } from './render.js';

const quiet = { stolenShare: 0, foreignShare: 0, calibrationMicros: 100 };

function trial(cpuMicrosPerUnit: number, changes: Partial<Trial> = {}): Trial {
  return {
    units: 10_000,
    unitsPerSec: 99.6,
    failed: 0,
    retransmissions: 0,
    errors: '',
    cpuMicrosPerUnit,
    partMicrosPerUnit: { 'nats-server': 10 },
    residentBytes: 2 * 1_048_576,
    noise: quiet,
    loadShare: 0.5,
    ...changes,
  };
}

const shape = { title: 'Calls', unit: 'call', rival: 'rival', parts: ['nats-server'] };

it('compares within each turn, not the medians', () => {
  const trials = new Map([
    ['ours', [trial(50), trial(300), trial(60)]],
    ['rival', [trial(100), trial(200), trial(100)]],
  ]);
  const delayMs = { p50: 0.1, p99: 1, p999: 2, count: 10 };
  const capacities = new Map([
    ['ours', { sustained: { perSec: 900, limitedByLoad: true }, delayAtPerSec: 450, delayMs, datagramsPerUnit: 12 }],
  ]);
  const { columns, rows, remarks } = loadTable({ ...shape, trials, capacities });
  const ours = Object.fromEntries(columns.map((heading, index) => [heading, rows[0]?.[index]]));
  expect(ours).toEqual({
    system: 'ours',
    'CPU µs/call': '60 (50–300)',
    '× rival': '0.60 (0.50–1.50)',
    'of it nats-server': '10',
    'at calls/s': '100',
    'failed + repeated': '0 + 0',
    datagrams: '12.0',
    MiB: '2',
    'sustained calls/s': "≥ 900 (the load's limit)",
    'delay at calls/s': '450',
    'p50 / p99 / p99.9 ms': '0.10 / 1.00 / 2.00',
  });
  expect(remarks).toEqual(['The machine was quiet during every measurement.']);
});

it('says which measurements were disturbed, and by what', () => {
  const disturbed = trial(50, { noise: { ...quiet, foreignShare: 0.4 } });
  const full = trial(50, { loadShare: 0.99 });
  const { remarks } = loadTable({ ...shape, trials: new Map([['ours', [disturbed, full]]]), capacities: new Map() });
  expect(remarks).toEqual([
    'TOO NOISY: these measurements were disturbed; repeat them on a quiet machine.',
    "ours: 2 of 2 (other processes used 40 % of the system's core; the load's core was full, so the load may have been the limit)",
  ]);
});

it('prints the same for a terminal and as Markdown', () => {
  const table = { title: 'Calls', columns: ['system', 'CPU'], rows: [['ours', '1']], remarks: ['All quiet.'] };
  expect(asMarkdown(table)).toBe('Calls:\n\n| system | CPU |\n| --- | --: |\n| ours | 1 |\n\n- All quiet.');
  expect(forTerminal(table).split('\n')).toEqual([
    'Calls',
    '┌────────┬─────┐',
    '│ system │ CPU │',
    '├────────┼─────┤',
    '│ ours   │   1 │',
    '└────────┴─────┘',
    'All quiet.',
  ]);
});
