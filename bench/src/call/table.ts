import Table from 'cli-table3';
import { noiseIn } from '../measure/noise.js';
import { type Spread, spreadOf } from '../measure/statistics.js';
import type { Trial } from '../measure/trial.js';
import type { CallTrials } from './command.js';
import { rival } from './contenders.js';
import type { Variant } from './variant.js';

/** The table of one variant, with what is to be said about the measurements. */
export function callTable(variant: Variant, trials: CallTrials): string {
  const rivals = trials.get(rival) ?? [];
  const table = new Table({
    style: { head: [], border: [] },
    head: [
      `call, ${variant}`,
      'CPU µs/call',
      `× ${rival}`,
      'edge µs',
      'nats µs',
      'calls/s',
      'failed',
      'retrans.',
      'datagrams',
      'RSS MiB',
    ],
  });
  for (const [name, measured] of trials) {
    const ratios = measured.map((trial, round) => ratio(trial.cpuMicrosPerUnit, rivals[round]?.cpuMicrosPerUnit));
    table.push([
      name,
      spread(spreadOf(measured.map((trial) => trial.cpuMicrosPerUnit)), 1),
      spread(spreadOf(ratios), 2),
      partOf(measured, 'edge-proxy'),
      partOf(measured, 'nats-server'),
      middle(measured, (trial) => trial.unitsPerSec, 0),
      String(measured.reduce((sum, trial) => sum + trial.failed, 0)),
      String(measured.reduce((sum, trial) => sum + trial.retransmissions, 0)),
      middle(measured, (trial) => trial.datagramsPerUnit, 1),
      middle(measured, (trial) => trial.residentBytes / 1_048_576, 0),
    ]);
  }
  return [table.toString(), ...remarks(trials)].join('\n');
}

function ratio(one: number, other: number | undefined): number | undefined {
  return other === undefined || other === 0 ? undefined : one / other;
}

function partOf(measured: readonly Trial[], part: string): string {
  const spread = spreadOf(measured.map((trial) => trial.partMicrosPerUnit[part]));
  return spread === undefined ? '' : spread.median.toFixed(1);
}

function middle(measured: readonly Trial[], value: (trial: Trial) => number, digits: number): string {
  return spreadOf(measured.map(value))?.median.toFixed(digits) ?? '';
}

function spread(values: Spread | undefined, digits: number): string {
  if (values === undefined) return '';
  return `${values.median.toFixed(digits)} (${values.min.toFixed(digits)}–${values.max.toFixed(digits)})`;
}

function remarks(trials: CallTrials): readonly string[] {
  const all = [...trials].flatMap(([name, measured]) => measured.map((trial) => ({ name, trial })));
  const bestMicros = Math.min(...all.map(({ trial }) => trial.noise.calibrationMicros));
  const noisy = all.flatMap(({ name, trial }) => {
    const noise = noiseIn(trial.noise, bestMicros);
    return noise === undefined ? [] : [`  ${name}: ${noise}`];
  });
  return noisy.length === 0 ? [] : [`${noisy.length} of ${all.length} measurements were disturbed:`, ...noisy];
}
