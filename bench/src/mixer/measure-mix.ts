import { setTimeout as delay } from 'node:timers/promises';
import type { BenchSession } from '../measure/bench-session.js';
import { coreUse, sharesBetween } from '../measure/core-use.js';
import type { Noise } from '../measure/noise.js';
import { threadMicrosOf } from '../measure/thread-time.js';
import { type Cell, roomSizes } from './cell.js';
import type { LoadProcess } from './load/load-process.js';
import type { MixingSystem } from './systems/mixing-system.js';

const tickMs = 20;

/** One load on one system, measured. */
export interface MixTrial {
  /** User and system time of the process, for each participant and 20 ms. */
  readonly cpuMicros: number;
  /** Of the system's core, from 0 to 1. */
  readonly coreShare: number;
  /** Of the packets that all participants together should have sent and been sent. */
  readonly sentShare: number;
  readonly receivedShare: number;
  readonly reports: number;
  readonly lateP99Ms: number | undefined;
  readonly noise: Noise;
  readonly loadShare: number;
}

export interface MixSeconds {
  /** Before anything is measured: code that is compiled while it runs must be hot, and buffers filled. */
  readonly warmUp: number;
  readonly seconds: number;
}

/** Few participants make code hot later: packets count, not seconds. */
const warmUpOf = (participants: number, warmUp: number): number =>
  warmUp * Math.min(4, Math.max(1, 200 / participants));

/** Puts the participants of a cell into a system, and measures what they cost while they speak; nobody is left in it afterwards. */
export async function measureMix(
  system: MixingSystem,
  cell: Cell,
  load: LoadProcess,
  session: BenchSession,
  { warmUp, seconds }: MixSeconds,
): Promise<MixTrial> {
  const address = await load.ask('address', undefined);
  const places = await system.open(cell.kind, roomSizes(cell), address);
  const slowBefore = await session.calibration.micros();
  const plan = { kind: cell.kind, places, speaking: 'a fifth', speechSec: 4 } as const;
  await load.ask('begin', { ...plan, impairment: undefined, listener: undefined });
  try {
    await delay(warmUpOf(cell.participants, warmUp) * 1000);
    const { system: systemCore, load: loadCore } = session.cores;
    const before = {
      counts: await load.ask('counts', undefined),
      system: coreUse(systemCore),
      load: coreUse(loadCore),
      micros: threadMicrosOf(system.pid),
      ms: performance.now(),
    };
    await delay(seconds * 1000);
    const cpuMicros = threadMicrosOf(system.pid) - before.micros;
    const tookMs = performance.now() - before.ms;
    const systemShares = sharesBetween(before.system, coreUse(systemCore));
    const loadShares = sharesBetween(before.load, coreUse(loadCore));
    const counts = await load.ask('counts', undefined);
    const lateP99Ms = await system.lateP99Ms();
    const packets = (cell.participants * tookMs) / tickMs;
    const coreShare = cpuMicros / 1000 / tookMs;
    return {
      cpuMicros: cpuMicros / packets,
      coreShare,
      sentShare: (counts.sent - before.counts.sent) / packets,
      receivedShare: (counts.received - before.counts.received) / packets,
      reports: counts.receivedRtcp - before.counts.receivedRtcp,
      lateP99Ms,
      noise: {
        stolenShare: systemShares.stolen,
        foreignShare: Math.max(0, systemShares.busy - coreShare),
        calibrationMicros: Math.max(slowBefore, await session.calibration.micros()),
      },
      loadShare: loadShares.busy,
    };
  } finally {
    await load.ask('end', undefined);
    await system.clear();
  }
}

/** Less than this of the packets, and the system couldn't keep up: what it cost then says nothing. */
export const keepsUpFrom = 0.97;

export function keepsUp({ receivedShare, sentShare }: Pick<MixTrial, 'receivedShare' | 'sentShare'>): boolean {
  return receivedShare >= keepsUpFrom * Math.min(1, sentShare);
}
