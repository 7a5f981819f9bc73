import type { Logger } from '@ringdown/platform';
import type { MediaPolicy } from '../../domain/negotiation/media-policy.js';
import { everyAudioCodec } from '../../domain/negotiation/media-policy.js';
import type { Conference, Conferences } from '../../use-cases/conferences.js';
import type { MemberCalls } from './member-calls.js';
import type { UserAgentDriver } from './user-agent-driver.js';

/** What the parts of the focus's signalling share. */
export interface FocusParts {
  readonly driver: UserAgentDriver;
  readonly conferences: Conferences;
  readonly calls: MemberCalls;
  readonly logger: Logger;
  /** A whole number from 0 to below its argument, which nobody can guess. */
  readonly randomInt: (below: number) => number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Keeps a promise that is under way, for `settled`. */
  readonly underWay: (work: Promise<void>) => void;
}

/** What a room asks of offers and answers. */
export function policyOf(media: Conference['media']): MediaPolicy {
  return {
    audio: everyAudioCodec,
    video: media.video ? ['VP8', 'H264'] : [],
    srtpRequired: media.srtpRequired,
  };
}
