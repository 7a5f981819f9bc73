import type { RtpView } from '../rtp/rtp-view.js';
import { unwrap32 } from '../rtp/unwrap.js';
import { DelayTarget } from './delay-target.js';
import { PacketSlots } from './packet-slots.js';
import type { PlayoutFrame, PutVerdict, TakeResult } from './playout.js';

export interface JitterBufferOptions {
  /** Ticks a second of the timestamps. */
  readonly clockRate: number;
  /** How long a payload is in ticks; 0 for one that is malformed. */
  readonly ticksOf: (payloadType: number, payload: Uint8Array) => number;
  /** At most this long is a packet held; 200 by default. The least is 10 ms, which with takes each 20 ms is one packet on average. */
  readonly ceilingMs?: number;
  /** The delay is changed by whoever has the samples (`excessMs`), and not by whole packets. */
  readonly leavesLength?: boolean;
}

/** What happened so far, in packets. */
export interface JitterBufferCounts {
  kept: number;
  late: number;
  duplicate: number;
  /** How often nothing was there when something should have been. */
  missing: number;
  /** Left out or said twice, since the delay was too long or too short. */
  dropped: number;
  repeated: number;
}

const CAPACITY = 64;
const RECENT = 128;
const JUMP_MS = 1000;
/** After so much in a row that was concealed a sound is over, and the next packet begins a new one. */
const SILENCE_AFTER_MS = 100;
const LONGEST_PACKET_MS = 120;
const LONGEST_PACKET_BYTES = 2000;
/** Too short by less is left as it is. */
const TOLERANCE_MS = 2;
/** Between two packets that are left out, or said twice. */
const DROP_EVERY_MS = 500;
const REPEAT_EVERY_MS = 100;
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Gives the packets of one stream back in their order and at a steady pace. It is asked: whoever plays calls `take` whenever it needs more, and what
 * is lost, late or not yet due is an answer of its own. The delay follows the jitter that is measured (`DelayTarget`): it grows as soon as a packet is
 * late and shrinks slowly. A sender's clock that runs faster or slower shows as a delay that grows or shrinks, and is met by leaving a packet
 * out or filling one in.
 *
 * Only timestamps say what is missing. Sequence numbers don't, since telephone events use them up between packets of sound.
 */
export class JitterBuffer {
  readonly counts: JitterBufferCounts = { kept: 0, late: 0, duplicate: 0, missing: 0, dropped: 0, repeated: 0 };
  readonly #ticksOf: JitterBufferOptions['ticksOf'];
  readonly #ceilingMs: number;
  readonly #leavesLength: boolean;
  readonly #slots = new PacketSlots(CAPACITY);
  readonly #target: DelayTarget;
  readonly #recent = new Int32Array(RECENT).fill(-1);
  #ticksPerMs: number;
  #isPlaying = false;
  /** The timestamp of what is to be played next: everything before is over. */
  #next = NEVER;
  #packetTicks: number;
  /** What was concealed while it was unknown whether a packet is late or lost. */
  #aheadTicks = 0;
  #isGap = false;
  #concealedTicks = 0;
  #newest = 0;
  #hasNewest = false;
  #jumpTransitMs = Number.NaN;
  #changedAtMs = NEVER;

  constructor(options: JitterBufferOptions) {
    this.#ticksOf = options.ticksOf;
    this.#ceilingMs = options.ceilingMs ?? 200;
    this.#leavesLength = options.leavesLength ?? false;
    this.#target = new DelayTarget(this.#ceilingMs);
    this.#ticksPerMs = options.clockRate / 1000;
    this.#packetTicks = 20 * this.#ticksPerMs;
  }

  put(packet: RtpView, nowMs: number): PutVerdict {
    const { sequenceNumber } = packet;
    if (this.#recent[sequenceNumber % RECENT] === sequenceNumber) {
      this.counts.duplicate++;
      return 'duplicate';
    }
    if (packet.payloadLength > LONGEST_PACKET_BYTES) return 'malformed';
    const timestamp = this.#hasNewest ? unwrap32(this.#newest, packet.timestamp) : packet.timestamp;
    const transitMs = nowMs - timestamp / this.#ticksPerMs;
    if (this.#hasNewest && Math.abs(transitMs - this.#target.shortestTransitMs) > JUMP_MS) {
      if (!(Math.abs(transitMs - this.#jumpTransitMs) < JUMP_MS)) {
        this.#jumpTransitMs = transitMs;
        return 'jump';
      }
      this.#forget();
    }
    this.#jumpTransitMs = Number.NaN;

    if (this.#slots.isFull) this.#leaveOut();
    const slot = this.#slots.free;
    slot.fill(packet, timestamp);
    slot.ticks = this.#ticksOf(slot.payloadType, slot.payload);
    if (slot.ticks <= 0 || slot.ticks > LONGEST_PACKET_MS * this.#ticksPerMs) return 'malformed';
    this.#recent[sequenceNumber % RECENT] = sequenceNumber;
    if (!this.#hasNewest || timestamp > this.#newest) this.#newest = timestamp;
    this.#hasNewest = true;
    this.#target.arrived(transitMs, nowMs);
    if (timestamp + slot.ticks <= this.#next) {
      this.counts.late++;
      return 'late';
    }
    if (!this.#slots.add()) {
      this.counts.duplicate++;
      return 'duplicate';
    }
    this.counts.kept++;
    return 'kept';
  }

  /** What to play next. */
  take(nowMs: number): TakeResult {
    this.#limit(nowMs);
    this.#isGap = false;
    const first = this.#slots.first;
    if (!this.#isPlaying) {
      if (first === undefined || !this.#isDue(first, nowMs)) return 'silence';
      this.#isPlaying = true;
      this.#next = first.timestamp;
      this.#aheadTicks = 0;
      return this.#play();
    }
    if (first === undefined) {
      // Late or lost shows when the next one comes: until then the place stays open, and the delay grows by what is concealed.
      this.#aheadTicks += this.#packetTicks;
      return this.#conceal();
    }
    if (first.timestamp > this.#next) return this.#bridge(first, nowMs);
    return (this.#leavesLength ? undefined : this.#adjust(nowMs)) ?? this.#play();
  }

  /** After a time without `take`: what should have been played meanwhile is left out, and what comes next begins anew. */
  catchUp(nowMs: number): void {
    for (;;) {
      const first = this.#slots.first;
      if (first === undefined) break;
      if (this.#delayMs(first.timestamp, nowMs) <= this.#target.wantedMs(nowMs) + this.packetMs) break;
      this.#leaveOut();
    }
    this.#isPlaying = false;
    this.#concealedTicks = 0;
  }

  /** Whether `take` would give a packet that goes on from the one before. */
  get hasNext(): boolean {
    const first = this.#slots.first;
    return this.#isPlaying && first !== undefined && first.timestamp <= this.#next;
  }

  /** After 'missing': the packet that follows the missing one, if it is there. It may carry what is missing (RFC 6716 §2.1.7). */
  get following(): PlayoutFrame | undefined {
    const first = this.#slots.first;
    return this.#isGap && first !== undefined && first.timestamp === this.#next ? first : undefined;
  }

  /** How long the packet that is taken next is, as far as is known. */
  get packetMs(): number {
    return this.#packetTicks / this.#ticksPerMs;
  }

  /** How much longer the delay is than it should be, if what is `aheadMs` after the next is taken now; negative where it is too short, 0 while nothing is played. */
  excessMs(nowMs: number, aheadMs = 0): number {
    return this.#isPlaying ? this.#delayMs(this.#next, nowMs) - aheadMs - this.#target.wantedMs(nowMs) : 0;
  }

  /** How long after the fastest possible arrival what comes next is taken, if that is now; 0 while nothing is played. */
  delayMs(nowMs: number): number {
    return this.#isPlaying ? this.#delayMs(this.#next, nowMs) : 0;
  }

  /** Forgets the packets that wait. The clock of what comes now may be another. */
  restart(clockRate: number): void {
    this.#packetTicks = (this.#packetTicks / this.#ticksPerMs) * (clockRate / 1000);
    this.#ticksPerMs = clockRate / 1000;
    this.#forget();
  }

  #forget(): void {
    this.#slots.clear();
    this.#recent.fill(-1);
    this.#target.restart();
    this.#isPlaying = false;
    this.#next = NEVER;
    this.#concealedTicks = 0;
    this.#jumpTransitMs = Number.NaN;
    this.#newest = 0;
    this.#hasNewest = false;
  }

  #delayMs(timestamp: number, nowMs: number): number {
    return nowMs - this.#target.shortestTransitMs - timestamp / this.#ticksPerMs;
  }

  #isDue(packet: PlayoutFrame, nowMs: number): boolean {
    return this.#delayMs(packet.timestamp, nowMs) + TOLERANCE_MS >= this.#target.wantedMs(nowMs);
  }

  /** A burst after a pause of the network: more than the ceiling is never held. */
  #limit(nowMs: number): void {
    for (;;) {
      const first = this.#slots.first;
      if (first === undefined || this.#slots.length < 2) return;
      const packetMs = first.ticks / this.#ticksPerMs;
      if (this.#delayMs(first.timestamp, nowMs) <= this.#ceilingMs + packetMs) return;
      this.#leaveOut();
    }
  }

  #leaveOut(): void {
    const left = this.#slots.shift();
    this.counts.dropped++;
    this.#next = Math.max(this.#next, left.timestamp + left.ticks);
  }

  #play(): PlayoutFrame {
    const frame = this.#slots.shift();
    this.#next = frame.timestamp + frame.ticks;
    this.#packetTicks = frame.ticks;
    this.#aheadTicks = 0;
    this.#concealedTicks = 0;
    return frame;
  }

  #conceal(): TakeResult {
    if (this.#concealedTicks >= SILENCE_AFTER_MS * this.#ticksPerMs) {
      this.#isPlaying = false;
      this.#concealedTicks = 0;
      return 'silence';
    }
    this.#concealedTicks += this.#packetTicks;
    this.counts.missing++;
    return 'missing';
  }

  /** There is a gap before the first packet: lost, or never sent, since it was silent. */
  #bridge(first: PlayoutFrame, nowMs: number): TakeResult {
    // A marked packet begins a sound after silence (RFC 3551 §4.1): nobody hears if that was shorter or longer.
    if (first.marker && this.#isDue(first, nowMs)) return this.#play();
    this.#next = Math.min(first.timestamp, this.#next + this.#aheadTicks);
    this.#aheadTicks = 0;
    if (this.#next === first.timestamp) return this.#play();
    const result = this.#conceal();
    this.#isGap = true;
    this.#next = Math.min(first.timestamp, this.#next + this.#packetTicks);
    return result;
  }

  /** Whole packets are the coarse means; whoever has the samples does it finer, earlier (`excessMs`). */
  #adjust(nowMs: number): TakeResult | undefined {
    const excessMs = this.excessMs(nowMs);
    if (excessMs >= this.packetMs + 20 && this.#slots.length >= 2) {
      if (nowMs - this.#changedAtMs < DROP_EVERY_MS) return undefined;
      this.#changedAtMs = nowMs;
      this.#leaveOut();
    } else if (excessMs < -TOLERANCE_MS && nowMs - this.#changedAtMs >= REPEAT_EVERY_MS) {
      this.#changedAtMs = nowMs;
      this.counts.repeated++;
      return 'missing';
    }
    return undefined;
  }
}
