/**
 * ITU-T G.711 both ways as tables. What is encoded are the upper 14 bits of a sample for µ-law and the upper 12 for A-law, the resolution that the
 * laws have; a table of that many bytes stays in the cache, one of all 65,536 samples would not.
 */

/** Sample by octet. */
export const MULAW_TO_LINEAR = Int16Array.from({ length: 256 }, (_, octet) => expandMulaw(octet));
export const ALAW_TO_LINEAR = Int16Array.from({ length: 256 }, (_, octet) => expandAlaw(octet));

/** Octet by `(sample >> MULAW_SHIFT) & MULAW_MASK`, and likewise for A-law. */
export const MULAW_SHIFT = 2;
export const MULAW_MASK = 0x3fff;
export const LINEAR_TO_MULAW = compressed(14, compressMulaw);
export const ALAW_SHIFT = 4;
export const ALAW_MASK = 0xfff;
export const LINEAR_TO_ALAW = compressed(12, compressAlaw);

function compressed(bits: number, compress: (magnitude: number, isNegative: boolean) => number): Uint8Array {
  const half = 2 ** (bits - 1);
  const table = new Uint8Array(half * 2);
  for (let value = -half; value < half; value++) {
    // One's complement: -1 is the negative zero of a law that has two zeros.
    table[value & (half * 2 - 1)] = value < 0 ? compress(~value, true) : compress(value, false);
  }
  return table;
}

/** Segments double in width; the offset of 33 makes the first like the others (G.711 table 2a). */
function compressMulaw(magnitude: number, isNegative: boolean): number {
  const biased = Math.min(magnitude + 33, 0x1fff);
  const segment = 31 - Math.clz32(biased) - 5;
  const step = (biased >> (segment + 1)) & 0x0f;
  // All bits are sent inverted; the sign bit is 1 for positive values.
  return (isNegative ? 0x7f : 0xff) ^ ((segment << 4) | step);
}

function expandMulaw(octet: number): number {
  const code = ~octet & 0xff;
  const segment = (code >> 4) & 7;
  const magnitude = ((((code & 0x0f) << 1) + 33) << segment) - 33;
  return ((code & 0x80) !== 0 ? -magnitude : magnitude) * 4;
}

/** Like µ-law, but for the first two segments, which have the same width (G.711 table 1a). */
function compressAlaw(magnitude: number, isNegative: boolean): number {
  const segment = magnitude < 32 ? magnitude >> 4 : 31 - Math.clz32(magnitude) - 3;
  const step = magnitude < 32 ? magnitude & 0x0f : (magnitude >> (segment - 1)) & 0x0f;
  // Every second bit is sent inverted.
  return (isNegative ? 0 : 0x80) ^ ((segment << 4) | step) ^ 0x55;
}

function expandAlaw(octet: number): number {
  const code = octet ^ 0x55;
  const segment = (code >> 4) & 7;
  // Half a step more: the middle of the interval.
  const step = (code & 0x0f) * 2 + 1;
  const magnitude = segment === 0 ? step : (step + 32) << (segment - 1);
  return ((code & 0x80) !== 0 ? magnitude : -magnitude) * 8;
}
