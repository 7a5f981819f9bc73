import type { SampleRate } from '../codec/codec.js';

/** Samples a second at which audio is mixed: those of G.711, G.722 and Opus. */
export const mixRates: readonly SampleRate[] = [8000, 16000, 48000];

/** The length of what is mixed at once. */
export const tickMs = 20;

/** Of the highest rate. */
export const longestFrame = 960;

/** Samples of one tick. */
export function frameSamples(rate: SampleRate): number {
  return rate / 50;
}

/** The place of a rate in arrays that have one element for each rate. */
export function rateIndex(rate: SampleRate): number {
  return rate === 8000 ? 0 : rate === 16000 ? 1 : 2;
}
