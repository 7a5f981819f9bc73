import { unwrap16 } from './unwrap.js';

/** What a packet's sequence number says of its source (RFC 3550 A.1). */
export type SourceVerdict =
  | 'valid'
  /** The source has not yet sent enough in a row to be believed. */
  | 'probation'
  /** Far from what came before: a stray packet, or the first of a source that has started anew. The next one decides. */
  | 'jump';

export interface ReceptionStatisticsOptions {
  /** Ticks a second of the timestamps: 8000 also for G.722. */
  readonly clockRate: number;
  /** Packets in a row before the source is believed; 1 (the default) believes the first. RFC 3550 suggests 2. */
  readonly minSequential?: number;
}

/** Loss and jitter since the report before, in the units of a report block (RFC 3550 §6.4.1). */
export interface ReceptionReport {
  /** Of 256. */
  fractionLost: number;
  /** Never negative; at most 0x7FFFFF. Duplicates would count as gained packets and are held at 0. */
  cumulativeLost: number;
  /** With the wraps in the upper 16 bits. */
  extendedHighestSequence: number;
  /** In ticks of the clock rate. */
  jitter: number;
}

const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
const NOTHING = -1;

/** What was received of one source: loss (RFC 3550 A.3), jitter (A.8) and the highest sequence number, with the source's validation (A.1). */
export class ReceptionStatistics {
  /** Counted from when the source was believed. */
  packetsReceived = 0;
  #clockRate: number;
  readonly #minSequential: number;
  #inSequence = 0;
  #highest = NOTHING;
  #first = 0;
  #jumpTo = NOTHING;
  #believed = false;
  #lastTransit = Number.NaN;
  #jitter = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;

  constructor(options: ReceptionStatisticsOptions) {
    this.#clockRate = options.clockRate;
    this.#minSequential = options.minSequential ?? 1;
  }

  /** Takes one packet in. Only a 'valid' one counts; the others are better not played. */
  received(sequenceNumber: number, timestamp: number, nowMs: number): SourceVerdict {
    if (!this.#believed) {
      if (this.#inSequence > 0 && sequenceNumber === ((this.#highest + 1) & 0xffff)) this.#inSequence++;
      else this.#inSequence = 1;
      this.#highest = sequenceNumber;
      if (this.#inSequence < this.#minSequential) return 'probation';
      this.#believed = true;
      this.#startAt(sequenceNumber);
    } else {
      const extended = unwrap16(this.#highest, sequenceNumber);
      const ahead = extended - this.#highest;
      if (ahead >= MAX_DROPOUT || ahead < -MAX_MISORDER) {
        if (sequenceNumber !== this.#jumpTo) {
          this.#jumpTo = (sequenceNumber + 1) & 0xffff;
          return 'jump';
        }
        this.#startAt(sequenceNumber);
      } else if (ahead > 0) this.#highest = extended;
    }
    this.packetsReceived++;
    this.#measureJitter(timestamp, nowMs);
    return 'valid';
  }

  /** After a change of the payload format: jitter goes on, without comparing timestamps of two clocks. */
  setClockRate(clockRate: number): void {
    if (clockRate === this.#clockRate) return;
    this.#jitter *= clockRate / this.#clockRate;
    this.#clockRate = clockRate;
    this.#lastTransit = Number.NaN;
  }

  /** Whether any packet counted. */
  get isBelieved(): boolean {
    return this.#believed;
  }

  /** With the wraps in the upper bits. */
  get extendedHighestSequence(): number {
    return this.#highest;
  }

  get packetsLost(): number {
    return Math.max(0, this.#expected() - this.packetsReceived);
  }

  get jitterMs(): number {
    return (this.#jitter / this.#clockRate) * 1000;
  }

  /** Fills `into` and begins the next interval. */
  report(into: ReceptionReport): void {
    const expected = this.#expected();
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.packetsReceived - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.packetsReceived;
    into.fractionLost = expectedNow > 0 && lostNow > 0 ? Math.min(255, Math.floor((lostNow * 256) / expectedNow)) : 0;
    into.cumulativeLost = Math.min(this.packetsLost, 0x7fffff);
    into.extendedHighestSequence = this.#highest >>> 0;
    into.jitter = Math.floor(this.#jitter);
  }

  #expected(): number {
    return this.#believed ? this.#highest - this.#first + 1 : 0;
  }

  #startAt(sequenceNumber: number): void {
    this.#first = sequenceNumber;
    this.#highest = sequenceNumber;
    this.#jumpTo = NOTHING;
    this.packetsReceived = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#lastTransit = Number.NaN;
  }

  #measureJitter(timestamp: number, nowMs: number): void {
    const transit = (Math.round((nowMs * this.#clockRate) / 1000) - timestamp) | 0;
    const difference = Math.abs((transit - this.#lastTransit) | 0);
    if (!Number.isNaN(this.#lastTransit)) this.#jitter += (difference - this.#jitter) / 16;
    this.#lastTransit = transit;
  }
}
