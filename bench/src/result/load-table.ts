import type { Trials } from '../measure/alternate.js';
import type { Capacity } from '../measure/capacity.js';
import { noiseIn } from '../measure/noise.js';
import { spreadOf } from '../measure/statistics.js';
import { fullShare } from '../measure/sustained-rate.js';
import type { Trial } from '../measure/trial.js';
import { numberCell, spreadCell } from './cells.js';
import type { ResultTable } from './result.js';

export interface LoadTable {
  readonly title: string;
  /** What is counted: `call`. */
  readonly unit: string;
  /** The row that the others are compared with. */
  readonly rival: string;
  /** The parts of systems that get columns. */
  readonly parts: readonly string[];
  readonly trials: Trials;
  readonly capacities: ReadonlyMap<string, Capacity>;
}

type Column = readonly [heading: string, cell: (measured: readonly Trial[], name: string) => string];

/** The table of systems that took the same load in turns. */
export function loadTable({ title, unit, rival, parts, trials, capacities }: LoadTable): ResultTable {
  const rivals = trials.get(rival) ?? [];
  const middle = (measured: readonly Trial[], value: (trial: Trial) => number, digits = 0): string =>
    numberCell(spreadOf(measured.map(value))?.median, digits);
  const sum = (measured: readonly Trial[], value: (trial: Trial) => number): number =>
    measured.reduce((total, trial) => total + value(trial), 0);
  const columns: readonly Column[] = [
    ['system', (_, name) => name],
    [`CPU µs/${unit}`, (measured) => spreadCell(spreadOf(measured.map((trial) => trial.cpuMicrosPerUnit)), 0)],
    [`× ${rival}`, (measured) => spreadCell(spreadOf(measured.map((trial, round) => ratio(trial, rivals[round]))), 2)],
    ...parts.map((part): Column => [`of it ${part}`, (measured) => partCell(measured, part)]),
    [`at ${unit}s/s`, (measured) => middle(measured, (trial) => trial.unitsPerSec)],
    [
      'failed + repeated',
      (measured) => `${sum(measured, (trial) => trial.failed)} + ${sum(measured, (trial) => trial.retransmissions)}`,
    ],
    ['datagrams', (_, name) => numberCell(capacities.get(name)?.datagramsPerUnit, 1)],
    ['MiB', (measured) => middle(measured, (trial) => trial.residentBytes / 1_048_576)],
    [`sustained ${unit}s/s`, (_, name) => sustainedCell(capacities.get(name))],
    [`delay at ${unit}s/s`, (_, name) => numberCell(capacities.get(name)?.delayAtPerSec)],
    ['p50 / p99 / p99.9 ms', (_, name) => delayCell(capacities.get(name))],
  ];
  return {
    title,
    columns: columns.map(([heading]) => heading),
    rows: [...trials].map(([name, measured]) => columns.map(([, cell]) => cell(measured, name))),
    remarks: remarksOn(trials),
  };
}

function ratio(one: Trial, other: Trial | undefined): number | undefined {
  if (other === undefined || other.cpuMicrosPerUnit === 0) return undefined;
  return one.cpuMicrosPerUnit / other.cpuMicrosPerUnit;
}

function partCell(measured: readonly Trial[], part: string): string {
  return numberCell(spreadOf(measured.map((trial) => trial.partMicrosPerUnit[part]))?.median);
}

function sustainedCell(capacity: Capacity | undefined): string {
  if (capacity?.sustained === undefined) return '';
  const { perSec, limitedByLoad } = capacity.sustained;
  return limitedByLoad ? `≥ ${perSec} (the load's limit)` : String(perSec);
}

function delayCell(capacity: Capacity | undefined): string {
  if (capacity?.delayMs === undefined) return '';
  const { p50, p99, p999 } = capacity.delayMs;
  return [p50, p99, p999].map((value) => value.toFixed(2)).join(' / ');
}

const loadWasFull = "the load's core was full, so the load may have been the limit";

/** CPU is counted in ticks of 10 ms for each process: less than this in all has too few of them. */
const leastMicros = 300_000;
const tooShort = 'too short: CPU is counted in ticks of 10 ms';

/** What disturbed the measurements, by system. */
function remarksOn(trials: Trials): readonly string[] {
  const all = [...trials.values()].flatMap((measured) => measured.map((trial) => trial.noise));
  const bestMicros = Math.min(...all.map((noise) => noise.calibrationMicros));
  const disturbed = [...trials].flatMap(([name, measured]) => {
    const reasons = measured.flatMap((trial) => {
      const noise = noiseIn(trial.noise, bestMicros);
      return [
        ...(noise === undefined ? [] : [noise]),
        ...(trial.loadShare > fullShare ? [loadWasFull] : []),
        ...(trial.cpuMicrosPerUnit * trial.units < leastMicros ? [tooShort] : []),
      ].slice(0, 1);
    });
    return reasons.length === 0 ? [] : [`${name}: ${reasons.length} of ${measured.length} (${reasons.join('; ')})`];
  });
  if (disturbed.length === 0) return ['The machine was quiet during every measurement.'];
  return ['TOO NOISY: these measurements were disturbed; repeat them on a quiet machine.', ...disturbed];
}
