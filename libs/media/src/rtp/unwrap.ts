/**
 * A 16-bit number continued over its wrap: the value with these lower 16 bits that is nearest to `reference`, an earlier result. Negative
 * where a number of before the first wrap follows late.
 */
export function unwrap16(reference: number, value: number): number {
  return reference + (((value - reference) << 16) >> 16);
}

/** The same with 32 bits, for timestamps. Exact up to 2^53. */
export function unwrap32(reference: number, value: number): number {
  return reference + ((value - reference) | 0);
}
