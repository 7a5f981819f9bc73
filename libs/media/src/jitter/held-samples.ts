const NO_SAMPLES = new Int16Array(0);

/** Sound that was decoded and is not yet read. */
export class HeldSamples {
  /** The first `count` are held. */
  samples: Int16Array = NO_SAMPLES;
  count = 0;
  /** What is held was never decoded: so much silence stands for it. */
  isBlank = false;

  /** Forgets what is held; there is room for `length` samples afterwards. */
  resize(length: number): void {
    this.samples = length === 0 ? NO_SAMPLES : new Int16Array(length);
    this.count = 0;
  }

  /** Holds `count` samples more. */
  add(from: Int16Array, count: number): void {
    const { samples } = this;
    for (let i = 0, at = this.count; i < count; i++, at++) samples[at] = from[i]!;
    this.count += count;
  }

  /** What is held, and of `count` new samples so many that `out`, which is as long, is full; the rest of them is held instead. */
  pass(from: Int16Array, count: number, out: Int16Array): void {
    const { samples, count: before } = this;
    for (let i = 0; i < before; i++) out[i] = samples[i]!;
    for (let i = before, at = 0; i < count; i++, at++) out[i] = from[at]!;
    for (let i = 0, at = count - before; i < before; i++, at++) samples[i] = from[at]!;
  }

  /** The first `count` are over. */
  drop(count: number): void {
    if (this.count > count && !this.isBlank) this.samples.copyWithin(0, count, this.count);
    this.count = Math.max(0, this.count - count);
  }

  /** From now on, until `fill`, only `count` goes on. */
  blank(): void {
    this.isBlank = true;
  }

  /** Silence for what was left blank. */
  fill(): void {
    if (!this.isBlank) return;
    this.isBlank = false;
    this.samples.fill(0, 0, this.count);
  }
}
