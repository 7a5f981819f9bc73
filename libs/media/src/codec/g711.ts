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

/** ITU-T G.711 µ-law; RTP payload type 0. */
export const PCMU: Codec = {
  name: 'PCMU',
  clockRate: SAMPLE_RATE,
  sampleRate: SAMPLE_RATE,
  createEncoder: () => encoder(LINEAR_TO_MULAW, MULAW_SHIFT, MULAW_MASK),
  createDecoder: () => new G711Decoder(MULAW_TO_LINEAR),
};

/** ITU-T G.711 A-law; RTP payload type 8. */
export const PCMA: Codec = {
  name: 'PCMA',
  clockRate: SAMPLE_RATE,
  sampleRate: SAMPLE_RATE,
  createEncoder: () => encoder(LINEAR_TO_ALAW, ALAW_SHIFT, ALAW_MASK),
  createDecoder: () => new G711Decoder(ALAW_TO_LINEAR),
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
  readonly #concealment = new PitchRepeat(SAMPLE_RATE);

  constructor(table: Int16Array) {
    this.#table = table;
  }

  samplesOf(payload: Uint8Array): number {
    return payload.length;
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    const { length } = payload;
    if (length > out.length) return 0;
    const table = this.#table;
    for (let i = 0; i < length; i++) out[i] = table[payload[i]!]!;
    this.#concealment.good(out, length);
    return length;
  }

  conceal(out: Int16Array, samples: number): void {
    this.#concealment.conceal(out, samples);
  }

  recover(): boolean {
    return false;
  }

  free(): void {}
}
