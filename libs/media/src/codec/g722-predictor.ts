/**
 * The adaptive predictor of one sub-band (ITU-T G.722 §3.6, block 4 of its figures): two poles and six zeros, moved by the signs of what came. All values are
 * 16-bit with 15 after the point unless said otherwise; products are cut, not rounded, and sums saturate, as the recommendation has it to the bit.
 */
export class G722Predictor {
  /** What is predicted of the next sample, by poles and zeros, and by zeros alone. */
  estimate = 0;
  #zeros = 0;
  /** Pole coefficients, 14 bits after the point. */
  #a1 = 0;
  #a2 = 0;
  /** Zero coefficients, 14 bits after the point. */
  #b1 = 0;
  #b2 = 0;
  #b3 = 0;
  #b4 = 0;
  #b5 = 0;
  #b6 = 0;
  /** The last quantised differences, doubled: only so and by their sign are they used. */
  #d1 = 0;
  #d2 = 0;
  #d3 = 0;
  #d4 = 0;
  #d5 = 0;
  #d6 = 0;
  /** The last reconstructed signals, doubled. */
  #r1 = 0;
  #r2 = 0;
  /** The last partly reconstructed signals; only their signs are used. */
  #p1 = 0;
  #p2 = 0;

  /** Takes in the quantised difference between a sample and `estimate`. */
  adapt(difference: number): void {
    const reconstructed = saturate(this.estimate + difference);
    const partly = saturate(this.#zeros + difference);
    this.#movePoles(partly);
    this.#moveZeros(difference);
    this.#p2 = this.#p1;
    this.#p1 = partly;
    this.#r2 = this.#r1;
    this.#r1 = saturate(2 * reconstructed);
    const poles = saturate(product(this.#a1, this.#r1) + product(this.#a2, this.#r2));
    this.#zeros = saturate(
      product(this.#b1, this.#d1) +
        product(this.#b2, this.#d2) +
        product(this.#b3, this.#d3) +
        product(this.#b4, this.#d4) +
        product(this.#b5, this.#d5) +
        product(this.#b6, this.#d6),
    );
    this.estimate = saturate(poles + this.#zeros);
  }

  #movePoles(partly: number): void {
    const isLikeLast = partly < 0 === this.#p1 < 0;
    const isLikeBefore = partly < 0 === this.#p2 < 0;
    const quadruple = saturate(this.#a1 << 2);
    const turned = isLikeLast ? Math.min(32_767, 0 - quadruple) : quadruple;
    const second = (isLikeBefore ? 128 : -128) + (turned >> 7) + product(this.#a2, 32_512);
    this.#a2 = second > 12_288 ? 12_288 : second < -12_288 ? -12_288 : second;
    const first = saturate((isLikeLast ? 192 : -192) + product(this.#a1, 32_640));
    // Keeps the filter stable.
    const limit = saturate(15_360 - this.#a2);
    this.#a1 = first > limit ? limit : first < -limit ? -limit : first;
  }

  #moveZeros(difference: number): void {
    const step = difference === 0 ? 0 : 128;
    // Not `-step`: a negative zero would make all that follows floating-point.
    const back = 0 - step;
    const isNegative = difference < 0;
    this.#b1 = moved(this.#b1, this.#d1 < 0 === isNegative ? step : back);
    this.#b2 = moved(this.#b2, this.#d2 < 0 === isNegative ? step : back);
    this.#b3 = moved(this.#b3, this.#d3 < 0 === isNegative ? step : back);
    this.#b4 = moved(this.#b4, this.#d4 < 0 === isNegative ? step : back);
    this.#b5 = moved(this.#b5, this.#d5 < 0 === isNegative ? step : back);
    this.#b6 = moved(this.#b6, this.#d6 < 0 === isNegative ? step : back);
    this.#d6 = this.#d5;
    this.#d5 = this.#d4;
    this.#d4 = this.#d3;
    this.#d3 = this.#d2;
    this.#d2 = this.#d1;
    this.#d1 = saturate(2 * difference);
  }
}

export function saturate(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
}

function product(a: number, b: number): number {
  return Math.imul(a, b) >> 15;
}

/** Never beyond 16 bits: what leaks of 32,768 is just one step. */
function moved(coefficient: number, step: number): number {
  return step + product(coefficient, 32_640);
}
