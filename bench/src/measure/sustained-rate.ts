/** The highest rate that a system bore, and whether it was the load that couldn't do more. */
export interface SustainedRate {
  readonly perSec: number;
  readonly limitedByLoad: boolean;
}

export interface Attempt {
  /** Whether all went well: nothing failed, nothing was repeated, and as much was done as asked. */
  readonly clean: boolean;
  /** Share of the load's core that was busy, from 0 to 1. */
  readonly loadShare: number;
}

export interface Search {
  readonly lowestPerSec: number;
  readonly highestPerSec: number;
  /** How many rates are tried; each halves what is left between the highest that went well and the lowest that didn't. */
  readonly steps: number;
  tryRate(perSec: number): Promise<Attempt>;
}

/** A load's core this busy was near what it could do. */
export const fullShare = 0.93;

/**
 * Searches by bisection for the highest rate that goes well. A rate that didn't is tried once more: a machine's own hiccup isn't the system's.
 * 0 where not even the lowest went well.
 */
export async function sustainedRate({ lowestPerSec, highestPerSec, steps, tryRate }: Search): Promise<SustainedRate> {
  let good = 0;
  let bad = highestPerSec;
  let limitedByLoad = false;
  for (let step = 0; step < steps; step += 1) {
    const perSec = Math.round(step === 0 ? lowestPerSec : (Math.max(good, lowestPerSec / 2) + bad) / 2);
    const first = await tryRate(perSec);
    const attempt = first.clean ? first : await tryRate(perSec);
    if (attempt.clean) good = perSec;
    else {
      bad = perSec;
      limitedByLoad = attempt.loadShare > fullShare;
    }
  }
  return { perSec: good, limitedByLoad };
}
