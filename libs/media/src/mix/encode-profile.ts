import type { Codec, EncoderOptions } from '../codec/codec.js';

/** How a packet for somebody is made. Who has the same profile and hears the same gets the same bytes. */
export interface EncodeProfile {
  /** Its place in arrays that have one element for each profile. */
  readonly id: number;
  readonly codec: Codec;
  /** Of a packet; 10 to 60. */
  readonly ptimeMs: number;
  readonly options: EncoderOptions;
}

/** Of Opus, in bits a second: a wish is rounded down to one of these, so that wishes don't multiply encoders. */
const bitrates: readonly number[] = [8000, 12_000, 16_000, 20_000, 24_000, 32_000, 40_000];
/** The most that RFC 7587 §3.1.1 recommends for speech. */
const defaultBitrate = 40_000;
/** Opus has frames of these lengths only. */
const opusPtimes: readonly number[] = [10, 20, 40, 60];

/** The profiles that are in use on a thread; equal wishes share one. There is a bounded number of them, so none is ever taken out. */
export class EncodeProfiles {
  private readonly profiles: EncodeProfile[] = [];

  /** `ptimeMs` is brought to what the codec can do: a multiple of 10 from 10 to 60. */
  of(codec: Codec, ptimeMs: number, options: EncoderOptions): EncodeProfile {
    const isOpus = codec.name === 'opus';
    const wantedMs = Math.min(60, Math.max(10, Math.floor(ptimeMs / 10) * 10)) || 20;
    const ptime = isOpus ? largestUpTo(wantedMs, opusPtimes) : wantedMs;
    const wanted: EncoderOptions = isOpus
      ? {
          bitrate: largestUpTo(options.bitrate ?? defaultBitrate, bitrates),
          inbandFec: options.inbandFec ?? false,
          dtx: options.dtx ?? false,
          complexity: options.complexity,
        }
      : {};
    const known = this.profiles.find(
      (profile) => profile.codec === codec && profile.ptimeMs === ptime && sameOptions(profile.options, wanted),
    );
    if (known !== undefined) return known;
    const profile = { id: this.profiles.length, codec, ptimeMs: ptime, options: wanted };
    this.profiles.push(profile);
    return profile;
  }
}

function largestUpTo(wanted: number, steps: readonly number[]): number {
  return steps.findLast((step) => step <= wanted) ?? (steps[0] as number);
}

function sameOptions(one: EncoderOptions, other: EncoderOptions): boolean {
  return (
    one.bitrate === other.bitrate &&
    one.inbandFec === other.inbandFec &&
    one.dtx === other.dtx &&
    one.complexity === other.complexity
  );
}
