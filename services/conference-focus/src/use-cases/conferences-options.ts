import type { ConferenceEvents } from '../ports/conference-events.js';
import type { DialOut } from '../ports/dial-out.js';
import type { Homes } from '../ports/homes.js';
import type { Mixer } from '../ports/mixer.js';
import type { Recordings } from '../ports/recordings.js';
import type { RoomDirectory } from '../ports/room-directory.js';
import type { Timers } from '../ports/timers.js';

/** What the conferences of a pod are made of. */
export interface ConferencesOptions {
  readonly mixer: Mixer;
  readonly rooms: RoomDirectory;
  readonly homes: Homes;
  readonly events: ConferenceEvents;
  readonly recordings: Recordings;
  readonly timers: Timers;
  /** Asked for when it is needed, since what dials out is itself made of these conferences. */
  readonly dialOut: () => DialOut;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A whole number below its argument that nobody can guess. */
  readonly randomInt: (below: number) => number;
}
