const bias = 0x84;
const clip = 32_635;

/** The sample of a byte of ITU-T G.711, µ-law. */
export function linearOf(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + bias) << ((inverted & 0x70) >> 4)) - bias;
  return (inverted & 0x80) === 0 ? magnitude : -magnitude;
}

/** The byte of a 16-bit sample by ITU-T G.711, µ-law. */
export function byteOf(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), clip) + bias;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}
