import { setTimeout as delay } from 'node:timers/promises';
import { portOf } from '@ringdown/testbed';
import type { System } from '../systems/system.js';
import type { BenchSession } from './bench-session.js';
import { Capture, type SeenDatagram } from './capture.js';
import { coreUse, sharesBetween } from './core-use.js';
import { type Percentiles, percentilesOf } from './statistics.js';
import { type Attempt, type SustainedRate, sustainedRate } from './sustained-rate.js';
import type { LoadOutcome } from './trial.js';

/** What a system bears and how it answers then. */
export interface Capacity {
  /** Absent where it wasn't searched. */
  readonly sustained?: SustainedRate;
  /** At half of the sustained rate, or at the given one where it wasn't searched. */
  readonly delayAtPerSec: number;
  /** Absent where nothing may be captured. */
  readonly delayMs?: Percentiles;
  /** That the system took and sent for each unit, from the same capture. */
  readonly datagramsPerUnit?: number;
}

export interface CapacityOptions {
  readonly system: System;
  readonly session: BenchSession;
  /** Of the trials: what a unit costs at least. */
  readonly cpuMicrosPerUnit: number;
  /** The rate of the trials. */
  readonly perSec: number;
  /** How many rates are tried in the search for the sustained one; 0 leaves the search out. */
  readonly searchSteps: number;
  readonly searchSeconds: number;
  /** How long the system is left alone after the search: what it was given too much of is repeated for a while. */
  readonly settleSeconds: number;
  load(perSec: number, forSec: number): Promise<LoadOutcome>;
  /** The delays in what was captured of the system's port, in milliseconds. */
  delaysMs(datagrams: readonly SeenDatagram[], port: number): readonly number[];
}

const lowestPerSec = 200;
const highestPerSec = 12_000;
/** A rate was reached if so much of it was: sipp takes a moment to start and to end. */
const reachedShare = 0.9;

/** Searches the sustained rate of a system, and takes the delay at half of it. */
export async function capacityOf(options: CapacityOptions): Promise<Capacity> {
  const { system, session, cpuMicrosPerUnit, perSec, searchSteps, searchSeconds, settleSeconds, load } = options;
  const tryRate = async (rate: number): Promise<Attempt> => {
    const before = coreUse(session.cores.load);
    const { failed, retransmissions, unitsPerSec } = await load(rate, searchSeconds);
    const clean = failed === 0 && retransmissions === 0 && unitsPerSec >= rate * reachedShare;
    return { clean, loadShare: sharesBetween(before, coreUse(session.cores.load)).busy };
  };
  // A core has no more than a second in a second, but at a low rate a unit costs more than at a high one.
  const highest = Math.min(highestPerSec, Math.ceil(2 * (1e6 / cpuMicrosPerUnit)));
  const search = { lowestPerSec, highestPerSec: highest, steps: searchSteps, tryRate };
  const sustained = searchSteps > 0 ? { sustained: await sustainedRate(search) } : {};
  const delayAtPerSec = sustained.sustained === undefined ? perSec : Math.floor(sustained.sustained.perSec / 2);
  if (delayAtPerSec === 0) return { ...sustained, delayAtPerSec };
  if (searchSteps > 0) await delay(settleSeconds * 1_000);
  const sipPort = Number(portOf(system.sip));
  const capture = await Capture.start(sipPort, session.cores.load).catch((error: Error) => {
    session.say(`the delay can't be taken: ${error.message}`);
    return undefined;
  });
  if (capture === undefined) return { ...sustained, delayAtPerSec };
  const { units } = await load(delayAtPerSec, searchSeconds);
  const datagrams = await capture.stop();
  const delayMs = percentilesOf(options.delaysMs(datagrams, sipPort));
  const datagramsPerUnit = datagrams.length / Math.max(1, units);
  return { ...sustained, delayAtPerSec, datagramsPerUnit, ...(delayMs && { delayMs }) };
}
