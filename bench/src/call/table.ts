import { type Noise, noiseIn } from '../measure/noise.js';
import { spreadOf } from '../measure/statistics.js';
import type { Trial } from '../measure/trial.js';
import { numberCell, spreadCell } from '../result/cells.js';
import type { ResultTable } from '../result/result.js';
import { rival } from './contenders.js';
import type { CallMeasurements, Capacity } from './measure-calls.js';
import type { Variant } from './variant.js';

const titles: Readonly<Record<Variant, string>> = {
  trunk: 'A call without a challenge, over UDP',
  digest: 'A call whose INVITE is challenged, over UDP',
};

/** The table of one variant. */
export function callTable({ variant, trials, capacities }: CallMeasurements): ResultTable {
  const rivals = trials.get(rival) ?? [];
  const columns: readonly [heading: string, cell: (name: string, measured: readonly Trial[]) => string][] = [
    ['system', (name) => name],
    ['CPU µs/call', (_, measured) => spreadCell(spreadOf(measured.map((trial) => trial.cpuMicrosPerUnit)), 0)],
    [
      `× ${rival}`,
      (_, measured) => spreadCell(spreadOf(measured.map((trial, round) => ratio(trial, rivals[round]))), 2),
    ],
    ['of it edge', (_, measured) => partCell(measured, 'edge-proxy')],
    ['of it nats-server', (_, measured) => partCell(measured, 'nats-server')],
    ['of it Postgres', (_, measured) => partCell(measured, 'postgres')],
    ['at calls/s', (_, measured) => numberCell(spreadOf(measured.map((trial) => trial.unitsPerSec))?.median)],
    ['failed', (_, measured) => numberCell(measured.reduce((sum, trial) => sum + trial.failed, 0))],
    ['retrans.', (_, measured) => numberCell(measured.reduce((sum, trial) => sum + trial.retransmissions, 0))],
    ['datagrams', (_, measured) => numberCell(spreadOf(measured.map((trial) => trial.datagramsPerUnit))?.median, 1)],
    ['MiB', (_, measured) => numberCell(spreadOf(measured.map((trial) => trial.residentBytes / 1_048_576))?.median)],
    ['sustained calls/s', (name) => sustainedCell(capacities.get(name))],
    ['delay at calls/s', (name) => numberCell(capacities.get(name)?.delayAtPerSec)],
    ['delay p50/p99/p99.9 ms', (name) => delayCell(capacities.get(name))],
  ];
  return {
    title: titles[variant],
    columns: columns.map(([heading]) => heading),
    rows: [...trials].map(([name, measured]) => columns.map(([, cell]) => cell(name, measured))),
    remarks: remarksOn(trials),
  };
}

function ratio(one: Trial, other: Trial | undefined): number | undefined {
  return other === undefined || other.cpuMicrosPerUnit === 0
    ? undefined
    : one.cpuMicrosPerUnit / other.cpuMicrosPerUnit;
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

/** What disturbed the measurements, each reason once with how often it was met. */
function remarksOn(trials: ReadonlyMap<string, readonly Trial[]>): readonly string[] {
  const all: Noise[] = [...trials.values()].flatMap((measured) => measured.map((trial) => trial.noise));
  const bestMicros = Math.min(...all.map((noise) => noise.calibrationMicros));
  const disturbed = [...trials].flatMap(([name, measured]) => {
    const reasons = measured.map((trial) => noiseIn(trial.noise, bestMicros)).filter((reason) => reason !== undefined);
    return reasons.length === 0 ? [] : [`${name}: ${reasons.length} of ${measured.length} (${reasons.join('; ')})`];
  });
  if (disturbed.length === 0) return ['The machine was quiet during every measurement.'];
  return ['TOO NOISY: these measurements were disturbed; repeat them on a quiet machine.', ...disturbed];
}
