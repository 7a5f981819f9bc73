import type { BenchSession } from '../measure/bench-session.js';
import { pin } from '../measure/cores.js';
import { spreadOf } from '../measure/statistics.js';
import type { ResultTable } from '../result/result.js';
import { describeCell } from './cell.js';
import type { MixerOptions } from './command.js';
import { concealmentTable, type MeasuredSound, measureConcealment } from './concealment.js';
import { guess, latenessTable, type MeasuredLateness, measureLateness } from './lateness.js';
import { type LoadProcess, startLoad } from './load/load-process.js';
import { type MixSeconds, type MixTrial, measureMix } from './measure-mix.js';
import { type MeasuredCell, mixTable } from './mix-table.js';
import { startJanus } from './systems/janus.js';
import type { MixingSystem } from './systems/mixing-system.js';
import { startRingdown } from './systems/ringdown.js';

const [own, ownDgram, rival] = ['ringdown', 'ringdown (dgram)', 'janus'];

export interface MixerMeasurements {
  readonly cells: readonly MeasuredCell[];
  readonly lateness: readonly MeasuredLateness[];
  readonly concealment: readonly MeasuredSound[];
}

/** Starts the systems and the load, and measures all that is asked for. */
export async function measureMixer(
  options: MixerOptions,
  session: BenchSession,
  withJanus: boolean,
): Promise<{ readonly tables: readonly ResultTable[]; readonly measured: MixerMeasurements }> {
  const systems: MixingSystem[] = [];
  const load = startLoad();
  try {
    pin(load.pid, session.cores.load);
    const pinned = (pid: number): void => pin(pid, session.cores.system);
    if (options.systems.includes(own)) systems.push(startRingdown(own, 'auto', options.profile));
    if (options.systems.includes(ownDgram)) systems.push(startRingdown(ownDgram, 'dgram', options.profile));
    for (const { pid } of systems) pinned(pid);
    if (withJanus && options.systems.includes(rival)) systems.push(await startJanus(pinned));
    const cells = await measureCells(options, session, systems, load);
    const lateness = options.lateness ? await measureLatenesses(options, session, systems, load, cells) : [];
    const concealment = await measureSounds(options, session, systems, load);
    const tables = [
      mixTable(cells, own, rival, ownDgram),
      ...(lateness.length === 0 ? [] : [latenessTable(lateness)]),
      ...(concealment.length === 0 ? [] : [concealmentTable(concealment)]),
    ];
    return { tables, measured: { cells, lateness, concealment } };
  } finally {
    await Promise.all([load.end(), ...systems.map((system) => system.stop())]);
  }
}

/** What runs for days is compiled for good; here that takes some seconds more. */
const hot = ({ warmUp, seconds }: MixSeconds): MixSeconds => ({ warmUp: warmUp * 3, seconds });

async function measureCells(
  options: MixerOptions,
  session: BenchSession,
  systems: readonly MixingSystem[],
  load: LoadProcess,
): Promise<readonly MeasuredCell[]> {
  const { codecs, rooms, participants: counts } = options;
  const cells: MeasuredCell[] = [];
  const most = Math.max(...counts);
  for (const kind of codecs) {
    // Rivals come compiled: few participants would not make our code hot within a warm-up.
    for (const system of systems.filter(({ name }) => name !== rival))
      for (const shape of rooms)
        await measureMix(system, { kind, shape, participants: most }, load, session, hot(options));
    for (const shape of rooms)
      for (const participants of counts) {
        const cell = { kind, shape, participants };
        const trials: Record<string, MixTrial[]> = {};
        for (let round = 0; round < options.alternations; round += 1)
          for (const system of systems) {
            if (!system.kinds.includes(kind)) continue;
            const trial = await measureMix(system, cell, load, session, options);
            const measured = (trials[system.name] ??= []);
            measured.push(trial);
            session.say(`${describeCell(cell)}, ${system.name}: ${describe(trial)}`);
          }
        cells.push({ cell, trials });
      }
  }
  return cells;
}

/** At 60 % of a core, for each codec and kind of rooms, beginning with what its largest cell cost. */
async function measureLatenesses(
  options: MixerOptions,
  session: BenchSession,
  systems: readonly MixingSystem[],
  load: LoadProcess,
  cells: readonly MeasuredCell[],
): Promise<readonly MeasuredLateness[]> {
  const system = systems.find(({ name }) => name === own);
  if (system === undefined) return [];
  const lateness: MeasuredLateness[] = [];
  for (const kind of options.codecs)
    for (const shape of options.rooms) {
      const largest = cells.findLast(({ cell }) => cell.kind === kind && cell.shape === shape);
      const cost = spreadOf((largest?.trials[own] ?? []).map(({ cpuMicros }) => cpuMicros))?.median;
      if (cost === undefined) continue;
      lateness.push(await measureLateness(system, { kind, shape }, guess(cost), load, session, options));
    }
  return lateness;
}

async function measureSounds(
  { codecs, concealmentSeconds }: MixerOptions,
  session: BenchSession,
  systems: readonly MixingSystem[],
  load: LoadProcess,
): Promise<readonly MeasuredSound[]> {
  if (concealmentSeconds === 0) return [];
  const heard: MeasuredSound[] = [];
  // What SRTP carries is G.711, and nothing but its packets could differ.
  for (const kind of codecs.filter((codec) => codec !== 'SRTP'))
    for (const system of systems)
      if (system.kinds.includes(kind))
        heard.push(...(await measureConcealment(system, kind, load, session, concealmentSeconds)));
  return heard;
}

function describe(trial: MixTrial): string {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  return `${trial.cpuMicros.toFixed(1)} µs, ${percent(trial.coreShare)} of the core, ${percent(trial.receivedShare)} of the packets, ${trial.reports} reports, p99 ${trial.lateP99Ms?.toFixed(1) ?? '?'} ms late; load ${percent(trial.loadShare)}, other processes ${percent(trial.noise.foreignShare)}`;
}
