import type { SampleRate } from '../codec/codec.js';
import { Resampler } from '../codec/resampler.js';
import { applyGain } from './gain-ramp.js';
import type { MixMember } from './mix-member.js';
import { frameSamples, mixRates, rateIndex } from './mix-rate.js';

/**
 * One of the few voices that are heard, at every rate that somebody listens at: converted at most once a tick for each of them, with the
 * member's gain, and fading where the voice comes or goes.
 */
export class HeardVoice {
  /** Whose it is; undefined while nobody has this place. */
  member: MixMember | undefined;
  /** Whether there is anything to be heard in this tick. */
  sounding = false;
  private gainFrom = 0;
  private gainTo = 0;
  private readonly resamplers: (Resampler | undefined)[] = [];
  private readonly converted = mixRates.map((rate) => new Int16Array(frameSamples(rate)));
  private readonly isConverted = mixRates.map(() => false);
  private readonly scaled = mixRates.map((rate) => new Int32Array(frameSamples(rate)));
  private readonly isScaled = mixRates.map(() => false);

  /** Whether it is the member's voice as it came. */
  get unchanged(): boolean {
    return this.gainFrom === 1 && this.gainTo === 1;
  }

  /** From this tick on it is this member's; a resampler has nothing left of the one before. */
  give(member: MixMember): void {
    this.member = member;
    member.voice = this;
    for (const resampler of this.resamplers) resampler?.reset();
  }

  /** The place is free from now on. */
  release(): void {
    if (this.member !== undefined) this.member.voice = undefined;
    this.member = undefined;
    this.sounding = false;
  }

  /** Once a tick, after the member has been listened to. False: it has faded away, and the place is free. */
  advance(): boolean {
    const { member } = this;
    if (member === undefined) return false;
    this.gainFrom = member.gainBefore;
    this.gainTo = member.gainNow;
    member.gainBefore = this.gainTo;
    if (this.gainFrom === 0 && this.gainTo === 0 && !member.selected) {
      this.release();
      return false;
    }
    this.sounding = member.sounding && (this.gainFrom > 0 || this.gainTo > 0);
    this.isConverted.fill(false);
    this.isScaled.fill(false);
    return true;
  }

  /** The voice without its gain. */
  at(rate: SampleRate): Int16Array {
    const member = this.member as MixMember;
    if (member.rate === rate) return member.samples;
    const index = rateIndex(rate);
    const converted = this.converted[index] as Int16Array;
    if (!this.isConverted[index]) {
      this.isConverted[index] = true;
      this.resampler(member.rate, rate).process(member.samples, member.samples.length, converted);
    }
    return converted;
  }

  /** Adds the voice, with its gain, to a sum. */
  addTo(sum: Int32Array, rate: SampleRate): void {
    if (this.unchanged) addSamples(sum, this.at(rate));
    else addScaled(sum, this.withGain(rate));
  }

  private withGain(rate: SampleRate): Int32Array {
    const index = rateIndex(rate);
    const scaled = this.scaled[index] as Int32Array;
    if (!this.isScaled[index]) {
      this.isScaled[index] = true;
      applyGain(this.at(rate), scaled.length, this.gainFrom, this.gainTo, scaled);
    }
    return scaled;
  }

  private resampler(from: SampleRate, to: SampleRate): Resampler {
    const place = rateIndex(from) * mixRates.length + rateIndex(to);
    return (this.resamplers[place] ??= new Resampler(from, to));
  }
}

/** Adds samples to a sum of the same length. */
export function addSamples(sum: Int32Array, samples: Int16Array): void {
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + (samples[index] as number);
}

function addScaled(sum: Int32Array, samples: Int32Array): void {
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + (samples[index] as number);
}
