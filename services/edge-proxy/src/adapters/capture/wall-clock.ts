/** A step of the system's clock is taken over from here; less is how it is slewed, which the monotonic clock is too. */
const stepUs = 50_000;

/** Microseconds since 1970: as fine as the process's monotonic clock, and as true as the system's. `correct` is to be called now and then. */
export class WallClock {
  #offsetUs = performance.timeOrigin * 1_000;
  readonly nowUs = (): number => performance.now() * 1_000 + this.#offsetUs;

  constructor() {
    this.correct();
  }

  correct(): void {
    const offsetUs = (Date.now() - performance.now()) * 1_000;
    if (Math.abs(offsetUs - this.#offsetUs) > stepUs) this.#offsetUs = offsetUs;
  }
}
