import { Sipp, type SippStatistics } from '@ringdown/testbed';
import { pin } from '../measure/cores.js';
import { type CpuTime, ownCpuTimeOf } from '../measure/cpu-time.js';

export interface CallsOptions {
  /** The scenario's path, or its name in testbed. */
  readonly scenario: string;
  readonly rows: readonly (readonly string[])[];
  readonly proxy: string;
  readonly port: number;
  readonly callsPerSec: number;
  readonly calls: number;
  readonly core: number;
}

export interface CallsResult extends SippStatistics {
  /** How many calls a second were really begun. */
  readonly callsPerSec: number;
  readonly tookSec: number;
  /** What the calling sipp has spent. */
  readonly cpu: CpuTime;
  /** sipp's own words where calls failed. */
  readonly errors: string;
}

/** For the last calls to end. */
const patienceMs = 10_000;
/** A call that waits so long for a message has failed; there have been three retransmissions by then. */
const messageTimeoutMs = 4_000;
const watchMs = 100;

/** Makes so many calls at a steady rate and resolves when all of them have ended, well or not. */
export async function makeCalls(options: CallsOptions): Promise<CallsResult> {
  const { core, calls, callsPerSec, ...rest } = options;
  const startedAt = performance.now();
  // Without a limit of open calls sipp would slow down when the system does, and hide it.
  const further = ['-l', String(Math.max(2_000, callsPerSec * 4)), '-deadcall_wait', '0'];
  further.push('-recv_timeout', String(messageTimeoutMs));
  const sipp = Sipp.start({ ...rest, calls, callsPerSec, further });
  pin(sipp.pid, core);
  // A process that has ended has no entry in /proc any more: the last look before that counts.
  let cpu: CpuTime = { userMicros: 0, systemMicros: 0 };
  const watch = setInterval(() => {
    cpu = ownCpuTimeOf(sipp.pid) ?? cpu;
  }, watchMs);
  try {
    const { statistics } = await sipp.over((calls / callsPerSec) * 1_000 + patienceMs);
    const tookSec = (performance.now() - startedAt) / 1_000;
    const none: SippStatistics = { created: 0, successful: 0, failed: calls, retransmissions: 0 };
    const counted = statistics ?? none;
    return { ...counted, callsPerSec: counted.created / tookSec, tookSec, cpu, errors: sipp.errors() };
  } finally {
    clearInterval(watch);
    await sipp.stop();
  }
}
