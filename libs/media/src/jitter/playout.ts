import type { RtpView } from '../rtp/rtp-view.js';

/** What became of a packet that arrived. */
export type PutVerdict =
  | 'kept'
  /** Its time is over. */
  | 'late'
  /** It was put before. */
  | 'duplicate'
  /** Its timestamp is far from the others': a stray, or the first of a source that has started anew. The next one decides. */
  | 'jump'
  /** The codec can't read its length, or it is longer than 120 ms or 2000 bytes. */
  | 'malformed'
  /** Nothing was agreed for its payload type. */
  | 'payload-type';

/** A packet whose time has come. Good until the next `put`. */
export interface PlayoutFrame {
  readonly payloadType: number;
  readonly payload: Uint8Array;
  /** Continued over its wraps. */
  readonly timestamp: number;
  readonly sequenceNumber: number;
  readonly marker: boolean;
  /** How long it is, in ticks of the RTP clock. */
  readonly ticks: number;
}

/**
 * What there is to play now. 'missing': a packet is lost or late, conceal as much as the last packet had. 'silence': nothing has come for so long that
 * there is nothing to conceal, or the first packet is held until its time.
 */
export type TakeResult = PlayoutFrame | 'missing' | 'silence';

/** What a member's ear is given: samples of one steady rate, whatever the packets were like. */
export interface AudioSource {
  /** One packet as it has arrived. The payload is copied. */
  put(packet: RtpView, nowMs: number): PutVerdict;
  /**
   * Fills all of `out`, which is 10 or 20 ms at the source's rate. Called at a steady pace. 'silence': `out` is all zero; 'concealed': at least a
   * part of it was invented.
   */
  read(out: Int16Array, nowMs: number): 'audio' | 'concealed' | 'silence';
  /**
   * In place of a `read` of so many samples whose sound isn't needed: takes them without decoding, and returns the mean power of the packets they came in, as
   * of 16-bit samples. -1: nothing was taken, `read` them, as after a pause or of a codec whose packets must be decoded in turn.
   */
  gauge(samples: number, nowMs: number): number;
  /** The sound of what was just gauged, where it is needed after all, in as many samples: whole packets; of what came before there is silence. */
  gauged(out: Int16Array): void;
}
