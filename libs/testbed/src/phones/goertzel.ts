/**
 * The peak amplitude of one frequency within some samples, by Goertzel's filter, in the samples' own unit: 8,000 for a tone written with that
 * amplitude, near 0 for none.
 */
export function amplitudeOf(samples: ArrayLike<number>, hertz: number, sampleRate = 8_000): number {
  if (samples.length === 0) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / sampleRate);
  let previous = 0;
  let beforePrevious = 0;
  for (let i = 0; i < samples.length; i += 1) {
    const current = (samples[i] ?? 0) + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
  }
  const power = previous ** 2 + beforePrevious ** 2 - coefficient * previous * beforePrevious;
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}
