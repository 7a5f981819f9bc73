import { ended, type FlowOwner } from './flow-owner.js';

export interface LeaseTimes {
  /** How long a suspended owner may come back. */
  readonly graceMs: number;
  /** A longer gap between two judgements is time in which location wasn't there, and edges couldn't renew. */
  readonly stallMs: number;
  /** What every lease that was in force has left, at least, after a stall: time to find location again. */
  readonly recoveryMs: number;
  /** Leases that end within this of one another end together. Less than what a lease has left when a renewal is due. */
  readonly togetherMs: number;
}

/** When leases were last judged, and what was found. */
export interface LeaseClock {
  readonly judgedAtMs: number;
  readonly braked: boolean;
}

export interface Judgement {
  /** What to store: owners that have become something else, or have more time. */
  readonly owners: readonly FlowOwner[];
  /** Those of them that were found to be silent now, and those that were for too long. */
  readonly suspended: readonly FlowOwner[];
  readonly ended: readonly FlowOwner[];
  /** Owners that are silent, or about to have been for too long, of all that haven't ended. */
  readonly silent: number;
  readonly known: number;
  /** Too many are silent for it to be their fault: nothing is suspended, and nothing ends for its silence. */
  readonly braked: boolean;
  /** How long location wasn't there before this judgement; 0 if it was. */
  readonly stalledMs: number;
}

/**
 * Which leases have lapsed, and which suspended ones are over. Silence that is location's own doesn't count: after a stall the leases
 * that were in force before it go on. And if over a third of the owners, two at least, are silent, the fault is more likely between
 * them and location, so nothing is taken away from anybody; that one of one, two or three is silent stops nothing.
 */
export function judgeLeases(
  owners: readonly FlowOwner[],
  clock: LeaseClock,
  nowMs: number,
  times: LeaseTimes,
): Judgement {
  const gapMs = nowMs - clock.judgedAtMs;
  const stalledMs = gapMs > times.stallMs ? gapMs : 0;
  const known = owners
    .filter(({ state }) => state !== 'ended')
    .map((owner) => ({ owner, excused: stalledMs > 0 ? excuse(owner, clock, nowMs, gapMs, times) : owner }));
  const silent = known.filter(
    ({ excused }) => excused.state === 'suspended' || excused.leaseUntilMs <= nowMs + times.togetherMs,
  ).length;
  const braked = silent >= 2 && silent * 3 > known.length;
  const changed: FlowOwner[] = [];
  const suspended: FlowOwner[] = [];
  const over: FlowOwner[] = [];
  for (const { owner, excused } of known) {
    const judged = braked ? excused : judge(excused, nowMs, times);
    if (judged !== owner) changed.push(judged);
    if (judged.state === 'ended') over.push(judged);
    else if (judged.state !== owner.state) suspended.push(judged);
  }
  return { owners: changed, suspended, ended: over, silent, known: known.length, braked, stalledMs };
}

function excuse(owner: FlowOwner, clock: LeaseClock, nowMs: number, gapMs: number, times: LeaseTimes): FlowOwner {
  if (owner.state === 'suspended') return { ...owner, stateSinceMs: owner.stateSinceMs + gapMs };
  if (owner.leaseUntilMs <= clock.judgedAtMs) return owner;
  const leaseUntilMs = Math.max(owner.leaseUntilMs, nowMs + times.recoveryMs);
  return leaseUntilMs === owner.leaseUntilMs ? owner : { ...owner, leaseUntilMs };
}

function judge(owner: FlowOwner, nowMs: number, { graceMs }: LeaseTimes): FlowOwner {
  if (owner.state === 'live' && owner.leaseUntilMs <= nowMs) {
    return { ...owner, state: 'suspended', stateSinceMs: nowMs };
  }
  if (owner.state === 'suspended' && nowMs - owner.stateSinceMs >= graceMs) return ended(owner, nowMs);
  return owner;
}
