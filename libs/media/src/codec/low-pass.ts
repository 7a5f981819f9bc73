/** Coefficients have 14 bits after the point, so that a sum of products with 16-bit samples stays within 32 bits. */
export const COEFFICIENT_BITS = 14;

/**
 * A low-pass (a sinc in a Kaiser window, 65 dB) for `factor` times a lower rate, of `factor * tapsPerPhase` coefficients with a sum of one.
 * `cutoff`: where it is 6 dB down, as a share of the lower rate.
 */
export function lowPass(factor: number, tapsPerPhase: number, cutoff: number): Int16Array {
  return rounded(prototypeOf(factor, tapsPerPhase, cutoff));
}

/**
 * The same filter for `factor` times as many samples: one row of `tapsPerPhase` for each phase, each with a sum of one, the tap for the oldest sample
 * first.
 */
export function polyphaseLowPass(factor: number, tapsPerPhase: number, cutoff: number): Int16Array {
  const prototype = prototypeOf(factor, tapsPerPhase, cutoff);
  const rows = new Int16Array(factor * tapsPerPhase);
  for (let phase = 0; phase < factor; phase++) {
    const row = prototype.filter((_, n) => n % factor === phase).reverse();
    rows.set(rounded(row), phase * tapsPerPhase);
  }
  return rows;
}

function prototypeOf(factor: number, tapsPerPhase: number, cutoff: number): Float64Array {
  const length = factor * tapsPerPhase;
  const beta = 0.1102 * (65 - 8.7);
  const middle = (length - 1) / 2;
  return Float64Array.from({ length }, (_, n) => {
    const x = (2 * Math.PI * cutoff * (n - middle)) / factor;
    const sinc = x === 0 ? 1 : Math.sin(x) / x;
    return sinc * besselI0(beta * Math.sqrt(1 - ((n - middle) / (middle + 0.5)) ** 2));
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
