import { freePorts, portOf } from '@ringdown/testbed';
import { Callees } from '../load/callees.js';
import { type CallsResult, makeCalls } from '../load/calls.js';
import { addedDelaysMs } from '../measure/added-delay.js';
import { alternate, type Trials } from '../measure/alternate.js';
import type { BenchSession } from '../measure/bench-session.js';
import { Capture } from '../measure/capture.js';
import { coreUse, sharesBetween } from '../measure/core-use.js';
import { pin } from '../measure/cores.js';
import { type Percentiles, percentilesOf } from '../measure/statistics.js';
import { type SustainedRate, sustainedRate } from '../measure/sustained-rate.js';
import { trunkDomain } from '../systems/ringdown.js';
import type { System } from '../systems/system.js';
import type { Contender } from './contenders.js';
import { callees, callsTo, type Variant } from './variant.js';

export interface CallOptions {
  readonly rate: number;
  readonly seconds: number;
  readonly alternations: number;
  /** Calls to each system before anything is measured: code that is compiled while it runs must be hot. */
  readonly warmUpCalls: number;
  /** How many rates are tried in the search for the sustained one; 0 leaves the search out, and the delay is taken at `rate`. */
  readonly searchSteps: number;
  readonly searchSeconds: number;
}

/** What was found of one system beside its trials. */
export interface Capacity {
  readonly sustained?: SustainedRate;
  /** At half of the sustained rate, or at the given one where it wasn't searched. */
  readonly delayAtPerSec: number;
  /** Added to a round trip; absent where nothing may be captured. */
  readonly delayMs?: Percentiles;
}

export interface CallMeasurements {
  readonly variant: Variant;
  readonly trials: Trials;
  readonly capacities: ReadonlyMap<string, Capacity>;
}

const calleePorts = 2;
const warmUpSec = 1;
const lowestPerSec = 200;
/** More than a core does of anything here; the search begins at less where CPU per call says so. */
const highestPerSec = 12_000;
/** A rate was reached if so much of it was: sipp takes a moment to start and to end. */
const reachedShare = 0.9;

/** Starts every contender, and measures in turns what a call costs in each; then what rate each bears, and what delay it adds. */
export async function measureCalls(
  variant: Variant,
  contenders: readonly Contender[],
  options: CallOptions,
  session: BenchSession,
): Promise<CallMeasurements> {
  const { rate, seconds, alternations, warmUpCalls } = options;
  const { cores, calibration, say } = session;
  const firstPort = await freePorts(calleePorts + 1);
  const port = firstPort + calleePorts;
  const answering = new Callees(Array.from({ length: calleePorts }, (_, index) => firstPort + index));
  const systems: System[] = [];
  const calls = (system: System, callsPerSec: number, forSec: number): Promise<CallsResult> => {
    const count = Math.ceil(callsPerSec * forSec);
    const flow = callsTo(system, variant, trunkDomain);
    return makeCalls({ ...flow, proxy: system.sip, port, callsPerSec, calls: count, core: cores.load });
  };
  try {
    for (const contender of contenders) {
      say(`${variant}: starting ${contender.name}`);
      const system = await contender.start(variant, port);
      systems.push(system);
      await answering.register(system, callees, cores.load);
    }
    for (const { parts } of systems) for (const { pid } of parts) pin(pid, cores.system);
    answering.open(cores.load);
    const warmUpRate = Math.min(rate, 500);
    for (const system of systems) await calls(system, warmUpRate, warmUpCalls / warmUpRate);
    const trials = await alternate({
      systems,
      rounds: alternations,
      cores,
      calibration,
      warm: (system) => calls(system, rate, warmUpSec),
      load: async (system) => {
        const made = await calls(system, rate, seconds);
        return { ...made, units: made.successful, unitsPerSec: made.callsPerSec };
      },
      say: (line) => say(`${variant} ${line}`),
    });
    const capacities = new Map<string, Capacity>();
    for (const system of systems) {
      const perCall = Math.min(...(trials.get(system.name) ?? []).map((trial) => trial.cpuMicrosPerUnit));
      const capacity = await capacityOf(system, perCall, options, session, calls);
      capacities.set(system.name, capacity);
      say(`${variant} ${system.name}: ${JSON.stringify(capacity)}`);
    }
    return { variant, trials, capacities };
  } finally {
    await answering.stop();
    await Promise.all(systems.map((system) => system.stop()));
  }
}

async function capacityOf(
  system: System,
  cpuMicrosPerCall: number,
  { rate, searchSteps, searchSeconds }: CallOptions,
  { cores }: BenchSession,
  calls: (system: System, callsPerSec: number, forSec: number) => Promise<CallsResult>,
): Promise<Capacity> {
  const tryRate = async (perSec: number) => {
    const before = coreUse(cores.load);
    const made = await calls(system, perSec, searchSeconds);
    const reached = made.callsPerSec >= perSec * reachedShare;
    const clean = made.failed === 0 && made.retransmissions === 0 && reached && made.successful > 0;
    return { clean, loadShare: sharesBetween(before, coreUse(cores.load)).busy };
  };
  // More than one core's time can't be spent, but a measurement under load makes a call look dearer than at full batches.
  const highest = Math.min(highestPerSec, Math.ceil(2 * (1e6 / cpuMicrosPerCall)));
  const search = { lowestPerSec, highestPerSec: highest, steps: searchSteps, tryRate };
  const sustained = searchSteps > 0 ? await sustainedRate(search) : undefined;
  const delayAtPerSec = sustained === undefined ? rate : Math.floor(sustained.perSec / 2);
  if (delayAtPerSec === 0) return { ...(sustained && { sustained }), delayAtPerSec };
  const sipPort = Number(portOf(system.sip));
  const capture = await Capture.start(sipPort, cores.load).catch(() => undefined);
  if (capture === undefined) return { ...(sustained && { sustained }), delayAtPerSec };
  await calls(system, delayAtPerSec, searchSeconds);
  const delayMs = percentilesOf(addedDelaysMs(await capture.stop(), sipPort));
  return { ...(sustained && { sustained }), delayAtPerSec, ...(delayMs && { delayMs }) };
}
