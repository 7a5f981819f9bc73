import type { AudioCodec, VideoLeg } from '../../ports/mixer.js';

/** What a room takes, whoever joins it. */
export interface MediaPolicy {
  /** What this side understands; its own offers list them in this order, answers keep the offer's (RFC 3264 §6.1). */
  readonly audio: readonly AudioCodec['encoding'][];
  /** Empty where the room has no video. */
  readonly video: readonly VideoLeg['encoding'][];
  /** Plain RTP is refused. */
  readonly srtpRequired: boolean;
}

/** Every audio codec of the mixer, the best first. */
export const everyAudioCodec: MediaPolicy['audio'] = ['opus', 'G722', 'PCMA', 'PCMU'];

/** Why there is no common ground, as a Warning says it (RFC 3261 §20.43): a 488 has it. */
export interface Unacceptable {
  readonly kind: 'unacceptable';
  readonly warnCode: 301 | 302 | 304 | 305 | 399;
  readonly text: string;
}

export function unacceptable(warnCode: Unacceptable['warnCode'], text: string): Unacceptable {
  return { kind: 'unacceptable', warnCode, text };
}
