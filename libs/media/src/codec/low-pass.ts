/** Coefficients have 14 bits after the point, so that a sum of products with 16-bit samples stays within 32 bits. */
export const COEFFICIENT_BITS = 14;

/**
 * A low-pass for `factor` times a lower rate, of `factor * tapsPerPhase` coefficients (an even number) with a sum of one: a sinc in a Kaiser window (65 dB), 6 dB down at half
 * of the lower rate. Around its largest tap, at half of its length, each `factor`th one is zero, and so is the first.
 */
export function lowPass(factor: number, tapsPerPhase: number): Int16Array {
  return rounded(prototypeOf(factor, tapsPerPhase));
}

/**
 * The same filter for `factor` times as many samples: one row of `tapsPerPhase` for each phase but the first, each with a sum of one, the tap for the oldest
 * sample first. The first phase has but one tap: it is the sample itself, at `tapsPerPhase / 2 - 1`.
 */
export function polyphaseLowPass(factor: number, tapsPerPhase: number): readonly Int16Array[] {
  const prototype = prototypeOf(factor, tapsPerPhase);
  return Array.from({ length: factor - 1 }, (_, index) =>
    rounded(prototype.filter((_, n) => n % factor === index + 1).reverse()),
  );
}

function prototypeOf(factor: number, tapsPerPhase: number): Float64Array {
  const length = factor * tapsPerPhase;
  const beta = 0.1102 * (65 - 8.7);
  const middle = length / 2;
  return Float64Array.from({ length }, (_, n) => {
    if (n === middle) return besselI0(beta);
    const x = (Math.PI * (n - middle)) / factor;
    return (n - middle) % factor === 0
      ? 0
      : (Math.sin(x) / x) * besselI0(beta * Math.sqrt(1 - ((n - middle) / middle) ** 2));
  });
}

function rounded(taps: Float64Array): Int16Array {
  const sum = taps.reduce((a, b) => a + b, 0);
  const result = Int16Array.from(taps, (tap) => Math.round((tap / sum) * 2 ** COEFFICIENT_BITS));
  // What rounding has lost goes to the largest: phases of unequal gain would be heard as an image of a constant.
  const largest = taps.indexOf(Math.max(...taps));
  result[largest]! += 2 ** COEFFICIENT_BITS - result.reduce((a, b) => a + b, 0);
  return result;
}

/** The modified Bessel function of the first kind and order zero, by its series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
