import type { RtpView } from '../rtp/rtp-view.js';

/** What became of a packet: kept until its time; late: its time is over; duplicate: it was put before; jump: far from the others, the next one decides. */
export type PutVerdict = 'kept' | 'late' | 'duplicate' | 'jump' | 'too-long';

/** A packet whose time has come. Good until the next call of the buffer that it comes from. */
export interface PlayoutFrame {
  readonly payloadType: number;
  readonly payload: Uint8Array;
  readonly timestamp: number;
  readonly sequenceNumber: number;
}

/**
 * What there is to play now. 'missing': a packet is lost or late, conceal as much as the last packet had; 'silence': nothing has come for so long that
 * there is nothing to conceal, or the first packet is held until its time.
 */
export type TakeResult = PlayoutFrame | 'missing' | 'silence';

/** What a member's ear is given: samples of one steady rate, whatever the packets were like. */
export interface AudioSource {
  /** One packet as it has arrived. The payload is copied. */
  put(packet: RtpView, nowMs: number): PutVerdict;
  /**
   * Fills all of `out`, which is 20 ms (or any multiple of 2.5 ms) at the source's rate. Called at a steady pace. 'silence': `out` is all zero and
   * costs nothing to mix; 'concealed': at least a part of it was invented.
   */
  read(out: Int16Array, nowMs: number): 'audio' | 'concealed' | 'silence';
}
