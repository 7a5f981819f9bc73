import { G722Predictor } from './g722-predictor.js';

/**
 * The two sub-bands of ITU-T G.722: 6 bits a sample below 4 kHz, 2 bits above, each as the difference from what was predicted, in steps whose size follows
 * the signal. Encoder and decoder run the same band, so that both predict the same. Tables are those of the recommendation.
 */

/** Decision levels of the 60 steps of the lower band, one side (table 14). */
const LOWER_LEVELS = Int16Array.from([
  0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
  1458, 1612, 1765, 1980, 2195, 2557, 2919,
]);
const LOWER_STEPS = LOWER_LEVELS.length;
/** What a code of six bits, and its upper four, mean as a difference; 15 bits after the point (tables 16 and 17). */
const LOWER_POSITIVE_6 = [
  24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
  4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136,
];
/** Codes 0 to 3 are never sent. The two smallest negative differences stand at the end. */
const LOWER_6 = Int16Array.from(
  [
    Array.from({ length: 4 }, () => -136),
    LOWER_POSITIVE_6.slice(0, 28).map((value) => -value),
    LOWER_POSITIVE_6,
    [-432, -136],
  ].flat(),
);
const LOWER_4 = Int16Array.from([
  0, -20_456, -12_896, -8968, -6288, -4240, -2584, -1200, 20_456, 12_896, 8968, 6288, 4240, 2584, 1200, 0,
]);
const HIGHER_2 = Int16Array.of(-7408, -1616, 7408, 1616);

/** How the logarithm of the step size moves, by the upper four bits of a lower code, and by a higher code (tables 18 and 21). */
const LOWER_MOVES_BY_SIZE = [-60, 3042, 1198, 538, 334, 172, 58, -30];
const LOWER_MOVES = Int16Array.from({ length: 16 }, (_, code) => {
  if (code === 15) return LOWER_MOVES_BY_SIZE[0]!;
  return LOWER_MOVES_BY_SIZE[code < 8 ? code : code - 7]!;
});
const HIGHER_MOVES = Int16Array.of(798, -214, 798, -214);
const LOWER_LARGEST = 18_432;
const HIGHER_LARGEST = 22_528;
const HIGHER_LEVEL = 564;

/** Powers of two by 32nds, 11 bits after the point (table 20). */
const POWERS = Int16Array.from({ length: 32 }, (_, n) => Math.round(2048 * 2 ** (n / 32)));

export class LowerBand {
  readonly #predictor = new G722Predictor();
  #logarithm = 0;
  #step = 32;

  /** The code of a sample of 15 bits. */
  encode(sample: number): number {
    const difference = clip16(sample - this.#predictor.estimate);
    const magnitude = difference >= 0 ? difference : ~difference;
    let level = 1;
    while (level < LOWER_STEPS && magnitude >= (LOWER_LEVELS[level]! * this.#step) >> 12) level++;
    // Small differences have large codes; the smallest two negative ones come last.
    const code = difference >= 0 ? 62 - level : level <= 2 ? 64 - level : 34 - level;
    this.#adapt(code >> 2);
    return code;
  }

  /** The sample of a code, of 15 bits. */
  decode(code: number): number {
    const sample = this.#predictor.estimate + (Math.imul(this.#step, LOWER_6[code]!) >> 15);
    this.#adapt(code >> 2);
    return clip15(sample);
  }

  /** By the upper four bits alone: they are all that the lesser modes of the recommendation have. */
  #adapt(code: number): void {
    const difference = Math.imul(this.#step, LOWER_4[code]!) >> 15;
    const logarithm = (Math.imul(this.#logarithm, 127) >> 7) + LOWER_MOVES[code]!;
    this.#logarithm = logarithm < 0 ? 0 : logarithm > LOWER_LARGEST ? LOWER_LARGEST : logarithm;
    this.#step = stepOf(this.#logarithm, 8);
    this.#predictor.adapt(difference);
  }
}

export class HigherBand {
  readonly #predictor = new G722Predictor();
  #logarithm = 0;
  #step = 8;

  encode(sample: number): number {
    const difference = clip16(sample - this.#predictor.estimate);
    const magnitude = difference >= 0 ? difference : ~difference;
    const isSmall = magnitude < (HIGHER_LEVEL * this.#step) >> 12;
    const code = (difference >= 0 ? 2 : 0) + (isSmall ? 1 : 0);
    this.#adapt(code);
    return code;
  }

  decode(code: number): number {
    const sample = this.#predictor.estimate + (Math.imul(this.#step, HIGHER_2[code]!) >> 15);
    this.#adapt(code);
    return clip15(sample);
  }

  #adapt(code: number): void {
    const difference = Math.imul(this.#step, HIGHER_2[code]!) >> 15;
    const logarithm = (Math.imul(this.#logarithm, 127) >> 7) + HIGHER_MOVES[code]!;
    this.#logarithm = logarithm < 0 ? 0 : logarithm > HIGHER_LARGEST ? HIGHER_LARGEST : logarithm;
    this.#step = stepOf(this.#logarithm, 10);
    this.#predictor.adapt(difference);
  }
}

function stepOf(logarithm: number, shift: number): number {
  const power = POWERS[(logarithm >> 6) & 31]!;
  const down = shift - (logarithm >> 11);
  return (down < 0 ? power << -down : power >> down) << 2;
}

function clip16(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
}

function clip15(value: number): number {
  return value > 16_383 ? 16_383 : value < -16_384 ? -16_384 : value;
}
