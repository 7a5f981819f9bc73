import { noiseIn } from '../measure/noise.js';
import { type Spread, spreadOf } from '../measure/statistics.js';
import { fullShare } from '../measure/sustained-rate.js';
import { numberCell, spreadCell } from '../result/cells.js';
import type { ResultTable } from '../result/result.js';
import { type Cell, describeCell, describeShape } from './cell.js';
import { keepsUp, type MixTrial } from './measure-mix.js';

/** What all systems cost at one cell, in the order of their turns. */
export interface MeasuredCell {
  readonly cell: Cell;
  readonly trials: Readonly<Record<string, readonly MixTrial[]>>;
}

/** The table of a run. `own` is compared with `rival`; `other`, another form of it, has a column where it was measured. */
export function mixTable(cells: readonly MeasuredCell[], own: string, rival: string, other?: string): ResultTable {
  const others = cells.some(({ trials }) => other !== undefined && trials[other] !== undefined) ? [other ?? ''] : [];
  return {
    title: 'What one participant costs for 20 ms',
    columns: [
      'codec',
      'rooms',
      'participants',
      `${own} CPU µs`,
      ...others.map((name) => `${name} CPU µs`),
      `${rival} CPU µs`,
      `× ${rival}`,
      `core, ${own}`,
      `core, ${rival}`,
      `late p99 ms, ${own}`,
    ],
    rows: cells.map(({ cell, trials }) => {
      const [ours, theirs] = [trials[own] ?? [], trials[rival] ?? []];
      return [
        cell.kind,
        describeShape(cell.shape),
        String(cell.participants),
        costCell(ours),
        ...others.map((name) => costCell(trials[name] ?? [])),
        costCell(theirs),
        spreadCell(ratios(ours, theirs), 2),
        shareCell(ours),
        shareCell(theirs),
        numberCell(spreadOf(ours.map(({ lateP99Ms }) => lateP99Ms))?.median, 1),
      ];
    }),
    remarks: remarksOn(cells),
  };
}

/** The median of the ratios within each turn; undefined where one of the two couldn't keep up. */
export function ratios(ours: readonly MixTrial[], theirs: readonly MixTrial[]): Spread | undefined {
  return spreadOf(
    ours.map((trial, turn) => {
      const other = theirs[turn];
      return other !== undefined && keepsUp(trial) && keepsUp(other) ? trial.cpuMicros / other.cpuMicros : undefined;
    }),
  );
}

function costCell(trials: readonly MixTrial[]): string {
  const worst = trials.find((trial) => !keepsUp(trial));
  if (worst !== undefined) return `too many: ${(worst.receivedShare * 100).toFixed(0)} % of the packets`;
  return spreadCell(spreadOf(trials.map(({ cpuMicros }) => cpuMicros)), 1);
}

function shareCell(trials: readonly MixTrial[]): string {
  const share = spreadOf(trials.map(({ coreShare }) => coreShare))?.median;
  return share === undefined ? '' : `${(share * 100).toFixed(0)} %`;
}

const loadWasFull = "the load's core was full, so the load may have been the limit";
const sentTooFew = 'the load sent too few packets';
const leastSent = 0.98;

/** What disturbed the measurements, by cell. */
export function remarksOn(cells: readonly MeasuredCell[]): readonly string[] {
  const all = cells.flatMap(({ cell, trials }) =>
    Object.entries(trials).flatMap(([name, measured]) => measured.map((trial) => ({ name, cell, trial }))),
  );
  const bestMicros = Math.min(...all.map(({ trial }) => trial.noise.calibrationMicros));
  const disturbed = all.flatMap(({ name, cell, trial }) => {
    const why =
      noiseIn(trial.noise, bestMicros) ??
      (trial.loadShare > fullShare ? loadWasFull : trial.sentShare < leastSent ? sentTooFew : undefined);
    return why === undefined ? [] : [`${name}, ${describeCell(cell)}: ${why}`];
  });
  if (disturbed.length === 0) return ['The machine was quiet during every measurement.'];
  return [
    `TOO NOISY: ${disturbed.length} of ${all.length} measurements were disturbed; repeat them on a quiet machine.`,
    ...disturbed,
  ];
}
