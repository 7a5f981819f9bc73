import type { BenchSession } from '../measure/bench-session.js';
import type { ResultTable } from '../result/result.js';
import { type Cell, describeCell, type Kind, type Shape } from './cell.js';
import type { LoadProcess } from './load/load-process.js';
import { type MixSeconds, type MixTrial, measureMix } from './measure-mix.js';
import type { MixingSystem } from './systems/mixing-system.js';

const wantedShare = 0.6;
const near = 0.05;
const mostTries = 4;
/** The mixer tells of its last ten seconds, once a second. */
const leastSeconds = 12;
const tickMicros = 20_000;
/** As many as the bench's range of ports and the load can have. */
const mostParticipants = 2400;

export interface MeasuredLateness {
  readonly cell: Cell;
  readonly trial: MixTrial;
}

/** How late ticks begin when so many speak that the mixer needs 60 % of a core. Looks for their number from `firstGuess` on. */
export async function measureLateness(
  system: MixingSystem,
  { kind, shape }: { readonly kind: Kind; readonly shape: Shape },
  firstGuess: number,
  load: LoadProcess,
  session: BenchSession,
  seconds: MixSeconds,
): Promise<MeasuredLateness> {
  let participants = Math.min(mostParticipants, firstGuess);
  for (let tries = 1; ; tries += 1) {
    const cell = { kind, shape, participants };
    const trial = await measureMix(system, cell, load, session, {
      ...seconds,
      seconds: Math.max(leastSeconds, seconds.seconds),
    });
    session.say(
      `${describeCell(cell)}: ${(trial.coreShare * 100).toFixed(0)} % of a core, p99 ${trial.lateP99Ms?.toFixed(1)} ms late`,
    );
    const isNear = Math.abs(trial.coreShare - wantedShare) <= near;
    const next = Math.min(mostParticipants, Math.round((participants * wantedShare) / trial.coreShare));
    if (isNear || tries === mostTries || next === participants) return { cell, trial };
    participants = next;
  }
}

/** How many participants of this cost are 60 % of a core. */
export function guess(cpuMicros: number): number {
  return Math.max(3, Math.round((wantedShare * tickMicros) / cpuMicros));
}

export function latenessTable(measured: readonly MeasuredLateness[]): ResultTable {
  return {
    title: `How late ticks begin at about ${wantedShare * 100} % of a core`,
    columns: ['participants', 'core', 'late p99 ms', 'packets'],
    rows: measured.map(({ cell, trial }) => [
      describeCell(cell),
      `${(trial.coreShare * 100).toFixed(0)} %`,
      trial.lateP99Ms?.toFixed(1) ?? '',
      `${(trial.receivedShare * 100).toFixed(1)} %`,
    ]),
    remarks: [],
  };
}
