/** A small generator of uniform numbers, the same for the same seed everywhere (Marsaglia's xorshift, 32 bits of state). */
export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    // Xorshift never leaves zero; spreading the bits keeps neighbouring seeds apart.
    this.state = Math.imul((seed | 0) ^ 0x5bd1e995, 0x2545f491) | 0 || 1;
    for (let warmUp = 0; warmUp < 8; warmUp++) this.next();
  }

  /** In [0, 1). */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) / 2 ** 32;
  }

  /** A whole number in [min, max]. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
