import type { AudioDecoder, AudioEncoder, Codec } from './codec.js';
import {
  ALAW_MASK,
  ALAW_SHIFT,
  ALAW_TO_LINEAR,
  LINEAR_TO_ALAW,
  LINEAR_TO_MULAW,
  MULAW_MASK,
  MULAW_SHIFT,
  MULAW_TO_LINEAR,
} from './g711-tables.js';
import { PitchRepeat } from './pitch-repeat.js';

const SAMPLE_RATE = 8000;
const mulawPowers = Float64Array.from(MULAW_TO_LINEAR, (sample) => sample * sample);
const alawPowers = Float64Array.from(ALAW_TO_LINEAR, (sample) => sample * sample);

/** ITU-T G.711 µ-law; RTP payload type 0. */
export const PCMU: Codec = {
  name: 'PCMU',
  clockRate: SAMPLE_RATE,
  sampleRate: SAMPLE_RATE,
  createEncoder: () => encoder(LINEAR_TO_MULAW, MULAW_SHIFT, MULAW_MASK),
  createDecoder: () => new G711Decoder(MULAW_TO_LINEAR, mulawPowers),
};

/** ITU-T G.711 A-law; RTP payload type 8. */
export const PCMA: Codec = {
  name: 'PCMA',
  clockRate: SAMPLE_RATE,
  sampleRate: SAMPLE_RATE,
  createEncoder: () => encoder(LINEAR_TO_ALAW, ALAW_SHIFT, ALAW_MASK),
  createDecoder: () => new G711Decoder(ALAW_TO_LINEAR, alawPowers),
};

function encoder(table: Uint8Array, shift: number, mask: number): AudioEncoder {
  return {
    encode(samples, out) {
      const { length } = samples;
      if (out.length < length) return 0;
      for (let i = 0; i < length; i++) out[i] = table[(samples[i]! >> shift) & mask]!;
      return length;
    },
    expectLoss() {},
    free() {},
  };
}

class G711Decoder implements AudioDecoder {
  readonly #table: Int16Array;
  readonly #powers: Float64Array;
  readonly #concealment = new PitchRepeat(SAMPLE_RATE);
  #hasPassedOver = false;

  constructor(table: Int16Array, powers: Float64Array) {
    this.#table = table;
    this.#powers = powers;
  }

  samplesOf(payload: Uint8Array): number {
    return payload.length;
  }

  powerOf(payload: Uint8Array): number {
    this.#hasPassedOver = true;
    const { length } = payload;
    const powers = this.#powers;
    let sum = 0;
    for (let i = 0; i < length; i++) sum += powers[payload[i]!]!;
    return length === 0 ? 0 : sum / length;
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    const { length } = payload;
    if (length > out.length) return 0;
    if (this.#hasPassedOver) this.#forget();
    const table = this.#table;
    for (let i = 0; i < length; i++) out[i] = table[payload[i]!]!;
    this.#concealment.good(out, length);
    return length;
  }

  conceal(out: Int16Array, samples: number): void {
    if (this.#hasPassedOver) this.#forget();
    this.#concealment.conceal(out, samples);
  }

  recover(): boolean {
    return false;
  }

  free(): void {}

  #forget(): void {
    this.#hasPassedOver = false;
    this.#concealment.forget();
  }
}
