/**
 * Makes sound shorter or longer by a few milliseconds without changing its pitch: a stretch that is like the one before it is left out, or said twice, and
 * the seam is blended (the idea of WSOLA). For a jitter buffer whose delay must change while somebody speaks.
 */

/** How much sound the functions want, and at most add. */
export const SCALE_NEEDS_MS = 20;
export const SCALE_AT_MOST_MS = 10;

const SHORTEST_LAG_MS = 2.5;
const OVERLAP_MS = 5;

/** Shortens the first `length` samples in place by 2.5 to 10 ms; returns the new length, which is the old one where there are less than 20 ms. */
export function shorten(samples: Int16Array, length: number, sampleRate: number): number {
  const ms = sampleRate / 1000;
  if (length < SCALE_NEEDS_MS * ms) return length;
  const overlap = OVERLAP_MS * ms;
  const lag = mostAlike(samples, overlap, ms);
  blend(samples, 0, 0, lag, overlap);
  samples.copyWithin(overlap, overlap + lag, length);
  return length - lag;
}

/** Lengthens the first `length` samples in place by 2.5 to 10 ms; returns the new length, which is the old one where there are less than 20 ms or no room. */
export function lengthen(samples: Int16Array, length: number, sampleRate: number): number {
  const ms = sampleRate / 1000;
  if (length < SCALE_NEEDS_MS * ms || length + SCALE_AT_MOST_MS * ms > samples.length) return length;
  const overlap = OVERLAP_MS * ms;
  const lag = mostAlike(samples, overlap, ms);
  // All of it once more from `lag` on; there what had followed turns into the begin, said again.
  samples.copyWithin(lag, 0, length);
  blend(samples, lag, lag + lag, lag, overlap);
  return length + lag;
}

/** How far from the begin, between 2.5 and 10 ms, the sound is most like the begin, over `window` samples. */
function mostAlike(samples: Int16Array, window: number, ms: number): number {
  // At 48 kHz every third sample and lag tell enough: voices have their pitch below 4 kHz.
  const step = Math.max(1, Math.floor(ms / 16));
  const longest = SCALE_AT_MOST_MS * ms;
  let best = longest;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let lag = SHORTEST_LAG_MS * ms; lag <= longest; lag += step) {
    let product = 0;
    let energy = 1;
    for (let i = 0; i < window; i += step) {
      const there = samples[lag + i]!;
      product += samples[i]! * there;
      energy += there * there;
    }
    const score = product / Math.sqrt(energy);
    if (score > bestScore) {
      bestScore = score;
      best = lag;
    }
  }
  return best;
}

/** At `at`, the sound at `from` turns into that at `to` over `length` samples; no sample is read after it was written. */
function blend(samples: Int16Array, at: number, from: number, to: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const share = (i + 1) / (length + 1);
    samples[at + i] = Math.round(samples[from + i]! * (1 - share) + samples[to + i]! * share);
  }
}
