import { unwrap16 } from '../rtp/unwrap.js';
import { type KeyFrameMeans, KeyFrameRequests } from './key-frame-requests.js';

/** What a member that sends video agreed on. */
export interface VideoSourceFacts {
  readonly payloadType: number;
  /** Whether it understands a picture loss indication (RFC 4585 §6.3.1), a full intra request (RFC 5104 §4.3.1). */
  readonly pli: boolean;
  readonly fir: boolean;
}

/** Further than this from what came before is another stream, or a stray packet (RFC 3550 A.1, with room for bursts of video). */
const MOST_APART = 3000;
const NOTHING = -1;

/** PLI before FIR: encoders may answer it with less than a whole key frame's delay, and it needs no numbering. */
export function meansOf({ pli, fir }: VideoSourceFacts): KeyFrameMeans {
  if (pli) return 'pli';
  return fir ? 'fir' : 'signalling';
}

/** A member whose video comes in: its packets' numbers, continued over wraps, and what is asked of it. */
export class VideoSource {
  readonly member: string;
  readonly requests: KeyFrameRequests;
  payloadType: number;
  /** -1 before its first packet. */
  ssrc = NOTHING;
  #highest = NOTHING;
  #jumpTo = NOTHING;

  constructor(member: string, facts: VideoSourceFacts) {
    this.member = member;
    this.payloadType = facts.payloadType;
    this.requests = new KeyFrameRequests(meansOf(facts));
  }

  get hasSent(): boolean {
    return this.ssrc !== NOTHING;
  }

  /** The highest number so far. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether a packet goes on with the stream, or begins another: a new SSRC, or two packets in a row far away. A single one is 'stray'. */
  place(ssrc: number, sequenceNumber: number): 'next' | 'late' | 'new' | 'stray' {
    if (ssrc !== this.ssrc) {
      this.ssrc = ssrc;
      return this.#beginAt(sequenceNumber);
    }
    const sequence = unwrap16(this.#highest, sequenceNumber);
    const ahead = sequence - this.#highest;
    if (Math.abs(ahead) > MOST_APART) {
      if (sequenceNumber === this.#jumpTo) return this.#beginAt(sequenceNumber);
      this.#jumpTo = (sequenceNumber + 1) & 0xffff;
      return 'stray';
    }
    if (ahead <= 0) return 'late';
    this.#highest = sequence;
    return 'next';
  }

  /** The number of a packet that `place` has put, continued over wraps. */
  number(sequenceNumber: number): number {
    return unwrap16(this.#highest, sequenceNumber);
  }

  #beginAt(sequenceNumber: number): 'new' {
    // Above any number that may come late, so that none is negative.
    this.#highest = 0x10000 + sequenceNumber;
    this.#jumpTo = NOTHING;
    return 'new';
  }
}
