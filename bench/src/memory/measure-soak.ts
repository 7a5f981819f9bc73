import { freePorts } from '@ringdown/testbed';
import { callsTo } from '../call/variant.js';
import { Callees } from '../load/callees.js';
import { playScenario } from '../load/play-scenario.js';
import { subscribers } from '../load/subscribers.js';
import { addedDelaysMs } from '../measure/added-delay.js';
import type { BenchSession } from '../measure/bench-session.js';
import { capacityOf } from '../measure/capacity.js';
import { pin } from '../measure/cores.js';
import type { LoadOutcome } from '../measure/trial.js';
import { startRingdown, trunkDomain } from '../systems/ringdown.js';
import { type Footprint, FootprintReader } from './footprint.js';
import { type EventLoopDelay, inspectable } from './process-inspector.js';

export interface SoakOptions {
  readonly soakMinutes: number;
  /** Calls a second; undefined: half of what a search finds to be sustained. */
  readonly soakRate?: number;
  /** How many phones are called. */
  readonly callees: number;
  readonly settleSeconds: number;
}

/** One look at the edge during the soak. */
export interface SoakSample {
  readonly atSec: number;
  readonly edge: Footprint;
  readonly eventLoop: EventLoopDelay;
}

export interface SoakMeasurement {
  readonly callsPerSec: number;
  readonly calls: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly samples: readonly SoakSample[];
  /** The edge after the last call's memory may be gone, the event loop's delay since the soak ended. */
  readonly settled: SoakSample;
}

const searchSteps = 7;
const searchSeconds = 4;
const warmUpCalls = 10_000;
const warmUpPerSec = 400;
/** How many looks are taken, with no load meanwhile. */
const looks = 10;

/** Calls at half of what the platform bears, for a while, and what the edge holds meanwhile. */
export async function measureSoak(options: SoakOptions, session: BenchSession): Promise<SoakMeasurement> {
  const { cores, say } = session;
  const callees = subscribers('callee', options.callees);
  const firstPort = await freePorts(2);
  const port = firstPort + 1;
  const answering = new Callees([firstPort]);
  const system = await startRingdown({
    name: 'ringdown',
    subscribers: callees,
    trunkPort: port,
    environment: inspectable,
  });
  const reader = await FootprintReader.open(system, ['edge-proxy']);
  const load = (perSec: number, forSec: number) =>
    playScenario({
      ...callsTo(system, 'trunk', callees, trunkDomain),
      proxy: system.sip,
      port,
      perSec,
      forSec,
      core: cores.load,
    });
  try {
    for (const { pid } of system.parts) pin(pid, cores.system);
    await answering.register(system, () => system.sip, callees, cores.load);
    answering.open(cores.load);
    const soakSec = options.soakMinutes * 60;
    await load(warmUpPerSec, Math.min(soakSec, warmUpCalls / warmUpPerSec));
    const callsPerSec = options.soakRate ?? (await halfOfSustained());
    say(`soak: ${callsPerSec} calls/s for ${options.soakMinutes} minutes`);
    const edge = reader.inspector('edge-proxy');
    await edge.watchEventLoop();
    const samples: SoakSample[] = [];
    const outcomes: LoadOutcome[] = [];
    for (let look = 1; look <= looks; look += 1) {
      outcomes.push(await load(callsPerSec, soakSec / looks));
      samples.push(await sample((look * soakSec) / looks));
    }
    await new Promise((resolve) => setTimeout(resolve, options.settleSeconds * 1_000));
    const sum = (value: (outcome: LoadOutcome) => number) =>
      outcomes.reduce((total, outcome) => total + value(outcome), 0);
    return {
      callsPerSec,
      calls: sum(({ units }) => units),
      failed: sum(({ failed }) => failed),
      retransmissions: sum(({ retransmissions }) => retransmissions),
      samples,
      settled: await sample(soakSec + options.settleSeconds),
    };
  } finally {
    reader.close();
    await answering.stop();
    await system.stop();
  }

  async function halfOfSustained(): Promise<number> {
    const { settleSeconds } = options;
    const search = { cpuMicrosPerUnit: 100, perSec: warmUpPerSec, searchSteps, searchSeconds, settleSeconds };
    const { delayAtPerSec } = await capacityOf({ system, session, ...search, load, delaysMs: addedDelaysMs });
    return Math.max(1, delayAtPerSec);
  }

  /** The event loop's delay without what this itself brings about: the footprint begins with a garbage collection. */
  async function sample(atSec: number): Promise<SoakSample> {
    const eventLoop = await reader.inspector('edge-proxy').eventLoopDelay();
    const edge = (await reader.read()).get('edge-proxy') ?? { liveBytes: 0, residentBytes: 0 };
    await reader.inspector('edge-proxy').eventLoopDelay();
    return { atSec, edge, eventLoop };
  }
}
