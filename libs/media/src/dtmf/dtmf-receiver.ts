import type { RtpView } from '../rtp/rtp-view.js';
import { digitOfEvent, TELEPHONE_EVENT_LENGTH } from './telephone-event.js';

/** Nothing of an event for so long and it is over, though no end came (RFC 4733 §2.5.2.2 suggests three packets' time). */
const LOST_END_MS = 120;
const REMEMBERED = 8;

/**
 * Finds key presses in the telephone events of one stream (RFC 4733). A press is told once, with its first packet that comes: packets of one event
 * have one timestamp, however many are sent, lost, doubled or put in another order. A press that is held beyond 65,535 ticks goes on in segments
 * (§2.5.1.3), which aren't told again.
 */
export class DtmfReceiver {
  /** Timestamps of the last events, so that stragglers of an earlier one aren't told again. */
  readonly #timestamps = new Float64Array(REMEMBERED).fill(-1);
  #at = 0;
  #event = -1;
  #isOver = true;
  /** Where the present event's next segment would begin. */
  #endTimestamp = 0;
  #lastMs = 0;

  /** The key of a press that begins with this packet; undefined for more of the same, for other events, and for what is malformed. */
  put(packet: RtpView, nowMs: number): string | undefined {
    if (packet.payloadLength < TELEPHONE_EVENT_LENGTH) return undefined;
    const { bytes, payloadOffset, timestamp } = packet;
    const event = bytes[payloadOffset]!;
    const isEnd = (bytes[payloadOffset + 1]! & 0x80) !== 0;
    const duration = (bytes[payloadOffset + 2]! << 8) | bytes[payloadOffset + 3]!;
    const digit = digitOfEvent(event);
    if (digit === undefined) return undefined;
    const isKnown = this.#timestamps.includes(timestamp);
    const isNewest = isKnown && timestamp === this.#timestamps[(this.#at + REMEMBERED - 1) % REMEMBERED];
    const goesOn =
      !isKnown &&
      !this.#isOver &&
      event === this.#event &&
      timestamp === this.#endTimestamp &&
      nowMs - this.#lastMs <= LOST_END_MS;
    if (isKnown && !isNewest) return undefined;
    if (!isKnown) {
      this.#timestamps[this.#at] = timestamp;
      this.#at = (this.#at + 1) % REMEMBERED;
      this.#event = event;
      this.#isOver = false;
      this.#endTimestamp = timestamp;
    }
    this.#lastMs = nowMs;
    const end = (timestamp + duration) >>> 0;
    if (((end - this.#endTimestamp) | 0) > 0) this.#endTimestamp = end;
    if (isEnd) this.#isOver = true;
    return isKnown || goesOn ? undefined : digit;
  }

  /** The key that is held down now, as far as is known; undefined if none. */
  pressed(nowMs: number): string | undefined {
    return this.#isOver || nowMs - this.#lastMs > LOST_END_MS ? undefined : digitOfEvent(this.#event);
  }
}
