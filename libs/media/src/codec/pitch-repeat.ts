/** What is remembered is moved to the begin of its memory once in so long. */
const movedAfterMs = 160;

/**
 * Concealment of lost frames for codecs that have none of their own, after the idea of ITU-T G.711 appendix I: what was heard last is repeated in
 * its pitch, fades, and the next good frame is blended in. Unlike the appendix nothing is delayed for it: the period that is repeated is made to
 * end like it begins, instead of the samples before the loss.
 */
export class PitchRepeat {
  readonly #sampleRate: number;
  /** The last samples that were given out end at `#end`; there is room behind it, so that they are seldom moved. */
  readonly #history: Int16Array;
  readonly #kept: number;
  #end: number;
  readonly #period: Float32Array;
  readonly #minLag: number;
  readonly #maxLag: number;
  readonly #window: number;
  readonly #fadeFrom: number;
  readonly #fadeTo: number;
  #periodLength = 0;
  #position = 0;
  /** Since the last good frame; 0 outside of a loss. */
  #concealed = 0;

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
    const ms = sampleRate / 1000;
    this.#minLag = 5 * ms;
    this.#maxLag = 15 * ms;
    this.#window = 20 * ms;
    this.#fadeFrom = 10 * ms;
    this.#fadeTo = 60 * ms;
    this.#kept = this.#window + this.#maxLag;
    this.#history = new Int16Array(this.#kept + movedAfterMs * ms);
    this.#end = this.#kept;
    this.#period = new Float32Array(this.#maxLag);
  }

  /** Takes a good frame, `samples` long at the begin of `frame`. After a loss its first milliseconds are changed so that the join isn't heard. */
  good(frame: Int16Array, samples: number): void {
    if (this.#concealed > 0) {
      // The longer the loss, the less what was invented has to do with what comes.
      const ms = this.#sampleRate / 1000;
      const length = Math.min(samples, Math.min(10 * ms, 4 * ms + Math.floor(this.#concealed / 10)));
      for (let i = 0; i < length; i++) {
        const share = (i + 1) / (length + 1);
        frame[i] = Math.round(this.#next() * (1 - share) + frame[i]! * share);
      }
      this.#concealed = 0;
    }
    this.#remember(frame, samples);
  }

  /** Writes `samples` invented samples. */
  conceal(out: Int16Array, samples: number): void {
    if (this.#concealed === 0) this.#begin();
    for (let i = 0; i < samples; i++) out[i] = Math.round(this.#next());
    this.#remember(out, samples);
  }

  /** As if nothing had been heard yet. */
  forget(): void {
    this.#history.fill(0);
    this.#concealed = 0;
  }

  #next(): number {
    if (this.#concealed >= this.#fadeTo) return 0;
    const value = this.#period[this.#position]!;
    this.#position = this.#position + 1 === this.#periodLength ? 0 : this.#position + 1;
    const faded = this.#concealed++ - this.#fadeFrom;
    return faded <= 0 ? value : value * (1 - faded / (this.#fadeTo - this.#fadeFrom));
  }

  #begin(): void {
    const length = this.#pitch();
    const history = this.#history;
    const start = this.#end - length;
    for (let i = 0; i < length; i++) this.#period[i] = history[start + i]!;
    // The last quarter turns into what came before the period, so that its end leads to its begin.
    const quarter = length >> 2;
    for (let i = 0; i < quarter; i++) {
      const share = (i + 1) / (quarter + 1);
      const at = length - quarter + i;
      this.#period[at] = this.#period[at]! * (1 - share) + history[start - quarter + i]! * share;
    }
    this.#periodLength = length;
    this.#position = 0;
  }

  /** The lag at which the last 20 ms are most like what came before: coarsely, as at 4 kHz, then finely around the best. */
  #pitch(): number {
    const coarse = this.#sampleRate / 4000;
    const near = this.#bestLag(this.#minLag, this.#maxLag, coarse, coarse);
    return this.#bestLag(Math.max(this.#minLag, near - coarse), Math.min(this.#maxLag, near + coarse), 1, 1);
  }

  #bestLag(from: number, to: number, lagStep: number, sampleStep: number): number {
    const history = this.#history;
    const end = this.#end;
    let best = to;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let lag = from; lag <= to; lag += lagStep) {
      let product = 0;
      let energy = 1;
      for (let i = end - this.#window; i < end; i += sampleStep) {
        const before = history[i - lag]!;
        product += history[i]! * before;
        energy += before * before;
      }
      const score = product / Math.sqrt(energy);
      if (score > bestScore) {
        bestScore = score;
        best = lag;
      }
    }
    return best;
  }

  #remember(frame: Int16Array, samples: number): void {
    const history = this.#history;
    const from = Math.max(0, samples - this.#kept);
    const count = samples - from;
    if (this.#end + count > history.length) {
      history.copyWithin(0, this.#end - this.#kept + count, this.#end);
      this.#end = this.#kept - count;
    }
    for (let i = from, at = this.#end; i < samples; i++, at++) history[at] = frame[i]!;
    this.#end += count;
  }
}
