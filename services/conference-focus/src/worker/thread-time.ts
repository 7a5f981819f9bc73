import type { EncodeProfiles } from '@ringdown/media';
import type { AudioCodecs } from './audio-codecs.js';

/** What all rooms of a thread share. */
export interface ThreadTime {
  /** Of the thread's clock: another number in each turn. */
  readonly tick: number;
  /** When the present turn began. */
  readonly nowMs: number;
  /** Exactly. */
  now(): number;
  readonly profiles: EncodeProfiles;
  readonly codecs: AudioCodecs;
}
