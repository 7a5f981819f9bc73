const rate = 8000;
const frame = rate / 50;
const block = rate / 2;
/** How far a block may lie from the one before it, in samples: what a jitter buffer adds or leaves out meanwhile. */
const reach = rate / 10;
/** Loudness for the first alignment is of so many samples: 5 ms. */
const envelopeStep = rate / 200;
const bandHertz = [300, 3400] as const;
/** Frames softer than this below the loudest say nothing. */
const activeDb = 35;
/** Bands softer than this below the frame's loudest are as if they were this loud. */
const floorDb = 40;

export interface SoundDistance {
  /** The log-spectral distance of frames in which there is something to hear, in dB. */
  readonly meanDb: number;
  /** Of these frames, the share that differs by more than 6 dB. */
  readonly brokenShare: number;
  readonly frames: number;
}

/**
 * How different two recordings of the same sound are to the ear: frames of 20 ms are compared by their spectra from 300 to 3400 Hz. Each half second of
 * `heard` is first laid over `reference` where it fits best, since a jitter buffer stretches and shortens pauses. `sampleRate`: of both, a multiple of 8000.
 */
export function soundDistance(reference: Int16Array, heard: Int16Array, sampleRate: number): SoundDistance {
  return distanceOf(atRate(reference, sampleRate), atRate(heard, sampleRate));
}

function distanceOf(reference: Float32Array, heard: Float32Array): SoundDistance {
  const loudestDb = Math.max(...Array.from(framesOf(reference), levelDb));
  let offset = envelopeStep * bestOffset(envelope(reference), envelope(heard), 0, 0, Number.POSITIVE_INFINITY);
  let [sum, broken, frames] = [0, 0, 0];
  for (let at = 0; at + block <= reference.length; at += block) {
    offset = bestOffset(reference.subarray(at, at + block), heard, at, offset, reach);
    for (let from = at; from < at + block; from += frame) {
      const one = reference.subarray(from, from + frame);
      if (levelDb(one) < loudestDb - activeDb) continue;
      const begin = from + offset;
      if (begin < 0 || begin + frame > heard.length) continue;
      const distance = frameDistanceDb(one, heard.subarray(begin, begin + frame));
      sum += distance;
      if (distance > 6) broken += 1;
      frames += 1;
    }
  }
  return { meanDb: sum / Math.max(1, frames), brokenShare: broken / Math.max(1, frames), frames };
}

/** By how much `heard` is to be moved so that `piece`, which is at `at`, fits it best; from `around` up to `most` to both sides. */
function bestOffset(piece: Float32Array, heard: Float32Array, at: number, around: number, most: number): number {
  let best = around;
  let bestScore = Number.NEGATIVE_INFINITY;
  const last = Math.min(around + most, heard.length);
  for (let offset = Math.max(around - most, -piece.length); offset <= last; offset += 1) {
    let [product, energy] = [0, 1];
    for (let index = 0; index < piece.length; index += 1) {
      const value = heard[at + index + offset] ?? 0;
      product += (piece[index] ?? 0) * value;
      energy += value * value;
    }
    // Where nothing was said all fits equally well; then it stays where it was.
    const score = product / Math.sqrt(energy) - 1e-3 * Math.abs(offset - around);
    if (score > bestScore) [best, bestScore] = [offset, score];
  }
  return best;
}

function atRate(samples: Int16Array, sampleRate: number): Float32Array {
  const each = sampleRate / rate;
  return Float32Array.from({ length: Math.floor(samples.length / each) }, (_, index) => {
    let sum = 0;
    for (let at = index * each; at < (index + 1) * each; at += 1) sum += samples[at] ?? 0;
    return sum / each;
  });
}

/** How loud it is over time, less what it is on average. */
function envelope(samples: Float32Array): Float32Array {
  const loudness = Float32Array.from({ length: Math.floor(samples.length / envelopeStep) }, (_, index) =>
    Math.max(0, levelDb(samples.subarray(index * envelopeStep, (index + 1) * envelopeStep))),
  );
  const mean = loudness.reduce((sum, value) => sum + value, 0) / Math.max(1, loudness.length);
  return loudness.map((value) => value - mean);
}

function* framesOf(samples: Float32Array): Iterable<Float32Array> {
  for (let at = 0; at + frame <= samples.length; at += frame) yield samples.subarray(at, at + frame);
}

function levelDb(samples: Float32Array): number {
  return 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 1) / samples.length);
}

function frameDistanceDb(one: Float32Array, other: Float32Array): number {
  const [a, b] = [spectrumDb(one), spectrumDb(other)];
  const floor = Math.max(...a) - floorDb;
  let sum = 0;
  for (const [band, value] of a.entries()) sum += (Math.max(floor, value) - Math.max(floor, b[band] ?? floor)) ** 2;
  return Math.sqrt(sum / a.length);
}

/** A Hann window under a wave, for every 100 Hz of the band. */
const waves = Array.from({ length: (bandHertz[1] - bandHertz[0]) / 100 + 1 }, (_, band) => {
  const step = (2 * Math.PI * (bandHertz[0] + 100 * band)) / rate;
  const windowed = (wave: (angle: number) => number): Float32Array =>
    Float32Array.from(
      { length: frame },
      (_, index) => (0.5 - 0.5 * Math.cos((2 * Math.PI * (index + 0.5)) / frame)) * wave(step * index),
    );
  return { cosine: windowed(Math.cos), sine: windowed(Math.sin) };
});

/** Of a frame, every 100 Hz of the band. */
function spectrumDb(samples: Float32Array): readonly number[] {
  return waves.map(({ cosine, sine }) => {
    let [real, imaginary] = [0, 0];
    for (let index = 0; index < samples.length; index += 1) {
      const value = samples[index] ?? 0;
      real += value * (cosine[index] ?? 0);
      imaginary += value * (sine[index] ?? 0);
    }
    return 10 * Math.log10(real * real + imaginary * imaginary + 1);
  });
}
