import type { SampleRate } from '../codec/codec.js';
import { Resampler } from '../codec/resampler.js';
import { frameSamples, mixRates, rateIndex } from './mix-rate.js';

/** A sound that is ready to be mixed: cut into ticks at every rate beforehand, so that mixing it makes nothing new. */
export interface SoundSamples {
  /** Its length in ticks of the mixer. */
  readonly ticks: number;
  /** By rate, in the order of `mixRates`, then by tick. */
  readonly frames: readonly (readonly Int16Array[])[];
}

/** A sound of samples that `render` gives for each rate; what doesn't fill the last tick is silent. */
export function soundOf(ticks: number, render: (rate: SampleRate) => Int16Array): SoundSamples {
  return { ticks, frames: mixRates.map((rate) => cut(render(rate), ticks, frameSamples(rate))) };
}

/** A sound of samples that were made at one rate. */
export function samplesSound(samples: Int16Array, sampleRate: SampleRate): SoundSamples {
  const ticks = Math.ceil(samples.length / frameSamples(sampleRate));
  const whole = new Int16Array(ticks * frameSamples(sampleRate));
  whole.set(samples);
  return soundOf(ticks, (rate) => (rate === sampleRate ? whole : resampled(whole, sampleRate, rate)));
}

/** One tick of a sound. */
export function soundFrame(sound: SoundSamples, tick: number, rate: SampleRate): Int16Array {
  return sound.frames[rateIndex(rate)]?.[tick] as Int16Array;
}

function resampled(samples: Int16Array, from: SampleRate, to: SampleRate): Int16Array {
  const resampler = new Resampler(from, to);
  const length = frameSamples(from);
  const out = new Int16Array((samples.length / from) * to);
  for (let start = 0, at = 0; start < samples.length; start += length)
    at += resampler.process(samples.subarray(start, start + length), length, out.subarray(at));
  return out;
}

function cut(samples: Int16Array, ticks: number, length: number): Int16Array[] {
  const whole = new Int16Array(ticks * length);
  whole.set(samples.subarray(0, whole.length));
  return Array.from({ length: ticks }, (_, tick) => whole.subarray(tick * length, (tick + 1) * length));
}
