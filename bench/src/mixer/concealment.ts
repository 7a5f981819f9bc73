import { setTimeout as delay } from 'node:timers/promises';
import type { BenchSession } from '../measure/bench-session.js';
import type { ResultTable } from '../result/result.js';
import type { Kind } from './cell.js';
import type { LoadProcess } from './load/load-process.js';
import type { Heard, Impairment } from './load/load-questions.js';
import { seeded } from './load/speech.js';
import { type SoundDistance, soundDistance } from './sound-distance.js';
import type { MixingSystem } from './systems/mixing-system.js';

const impaired: Impairment = { lossShare: 0.01, mostDelayMs: 40, seed: 7 };
/** Until jitter buffers have found their depth. */
const settleSec = 2;

export interface MeasuredSound {
  readonly system: string;
  readonly kind: Kind;
  /** What was compared with the clean run. */
  readonly what: 'a second clean run' | '1 % lost, up to 40 ms late' | '1 % of the clean run silent';
  readonly distance: SoundDistance;
}

/** What a listener hears of one speaker in a room of three, with a clean network, once more, and with one that loses and delays packets. */
export async function measureConcealment(
  system: MixingSystem,
  kind: Kind,
  load: LoadProcess,
  session: BenchSession,
  seconds: number,
): Promise<readonly MeasuredSound[]> {
  const hear = async (impairment: Impairment | undefined): Promise<Heard> => {
    const places = await system.open(kind, [3], await load.ask('address', undefined));
    const speechSec = settleSec + seconds + 1;
    await load.ask('begin', { kind, places, speaking: 'the first', speechSec, impairment, listener: 1 });
    try {
      await delay((settleSec + seconds) * 1000);
      return (await load.ask('end', undefined)) ?? { samples: new Int16Array(), sampleRate: 8000 };
    } finally {
      await system.clear();
    }
  };
  const clean = await hear(undefined);
  const again = await hear(undefined);
  const disturbed = await hear(impaired);
  const rate = clean.sampleRate;
  const reference = clean.samples.subarray(settleSec * rate);
  const compare = (what: MeasuredSound['what'], samples: Int16Array): MeasuredSound => {
    const distance = soundDistance(reference, samples, rate);
    session.say(`${system.name}, ${kind}, ${what}: ${JSON.stringify(distance)}`);
    return { system: system.name, kind, what, distance };
  };
  return [
    compare('a second clean run', again.samples.subarray(settleSec * rate)),
    compare('1 % lost, up to 40 ms late', disturbed.samples.subarray(settleSec * rate)),
    compare('1 % of the clean run silent', withGaps(reference, rate)),
  ];
}

/** What would be heard if nothing were concealed and no packet were late. */
function withGaps(samples: Int16Array, rate: number): Int16Array {
  const gappy = samples.slice();
  const random = seeded(impaired.seed);
  const frame = rate / 50;
  for (let at = 0; at + frame <= gappy.length; at += frame)
    if (random() < impaired.lossShare) gappy.fill(0, at, at + frame);
  return gappy;
}

export function concealmentTable(measured: readonly MeasuredSound[]): ResultTable {
  return {
    title: 'What is heard of a speaker, beside the first clean run',
    columns: ['system', 'codec', 'compared', 'log-spectral distance dB', 'frames over 6 dB', 'frames'],
    rows: measured.map(({ system, kind, what, distance }) => [
      system,
      kind,
      what,
      distance.meanDb.toFixed(2),
      `${(distance.brokenShare * 100).toFixed(1)} %`,
      String(distance.frames),
    ]),
    remarks: [],
  };
}
