import { Sipp, type SippStatistics } from '@ringdown/testbed';
import { pin } from '../measure/cores.js';
import type { LoadOutcome } from '../measure/trial.js';
import { tolerant } from './tolerant.js';

export interface ScenarioLoad {
  /** The scenario's path, or its name in testbed. */
  readonly scenario: string;
  /** Over and over again. */
  readonly rows: readonly (readonly string[])[];
  readonly proxy: string;
  /** The port that sipp sends from. */
  readonly port: number;
  readonly perSec: number;
  readonly forSec: number;
  readonly core: number;
}

/** Between ACK and BYE, so that workers of one system that go different speeds don't swap them. */
const talkMs = 20;
/** For the last ones to end. */
const patienceMs = 10_000;
/** Who waits so long for a message has failed; there have been three retransmissions by then. */
const messageTimeoutMs = 4_000;

/** Plays a scenario at a steady rate for a while, and resolves when every call or registration that was begun has ended, well or not. */
export async function playScenario({ perSec, forSec, core, ...rest }: ScenarioLoad): Promise<LoadOutcome> {
  const calls = Math.ceil(perSec * forSec);
  const startedAt = performance.now();
  // Without a limit of open calls sipp would slow down when the system does, and hide it.
  const open = String(Math.max(2_000, Math.ceil(perSec * 4)));
  const further = ['-l', open, '-recv_timeout', String(messageTimeoutMs), ...tolerant];
  const sipp = Sipp.start({ ...rest, calls, callsPerSec: perSec, talkMs, further });
  pin(sipp.pid, core);
  try {
    const { statistics } = await sipp.over(forSec * 1_000 + patienceMs);
    const tookSec = (performance.now() - startedAt) / 1_000;
    const none: SippStatistics = { created: 0, successful: 0, failed: calls, retransmissions: 0 };
    const { created, successful, failed, retransmissions } = statistics ?? none;
    // What was still under way when the patience ended has failed too.
    const lost = Math.max(failed, calls - successful);
    return { units: successful, unitsPerSec: created / tookSec, failed: lost, retransmissions, errors: sipp.errors() };
  } finally {
    await sipp.stop();
  }
}
