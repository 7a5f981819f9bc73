/** What digits are compared with. How they are kept (in clear, hashed) is the keeper's matter; comparing never throws. */
export interface Pin {
  matches(digits: string): boolean;
}

/** Whether a room's sound may be written to a file: by nobody, by a moderator's word, or from its beginning to its end. */
export type RecordingPolicy = 'never' | 'allowed' | 'always';

/** How a room behaves, as it is needed while a conference is under way. Read when the conference opens, and kept until it ends. */
export interface RoomSettings {
  readonly name: string;
  /** The room's own URI, `sip:room@canonical-domain`: the `entity` of its roster. */
  readonly uri: string;
  readonly displayName: string | undefined;
  readonly subject: string | undefined;
  /** Asked of whoever isn't listed as a moderator; undefined where nobody is asked. */
  readonly pin: Pin | undefined;
  /** Makes a moderator of who knows it. */
  readonly moderatorPin: Pin | undefined;
  /** Addresses of record, `sip:alice@acme.test`: these are moderators without a PIN. */
  readonly moderators: readonly string[];
  /** Whether members hear hold music until a moderator is there. */
  readonly waitForModerator: boolean;
  /** 0 for as many as the tenant may have. */
  readonly maxMembers: number;
  /** Whether only moderators, and those who are invited, get in from the start. */
  readonly lockedFromStart: boolean;
  readonly joinTones: boolean;
  readonly mutedOnEntry: boolean;
  readonly recording: RecordingPolicy;
  /** Whether one who is alone, or waits, hears music rather than silence. */
  readonly holdMusic: boolean;
  readonly video: boolean;
  readonly srtpRequired: boolean;
  readonly endWithLastModerator: boolean;
  /** 0 for no end. */
  readonly maxDurationSec: number;
}

/** What a room is like of which nothing is said, as a room of the factory. */
export const DEFAULT_SETTINGS: Omit<RoomSettings, 'name' | 'uri'> = {
  displayName: undefined,
  subject: undefined,
  pin: undefined,
  moderatorPin: undefined,
  moderators: [],
  waitForModerator: false,
  maxMembers: 0,
  lockedFromStart: false,
  joinTones: true,
  mutedOnEntry: false,
  recording: 'never',
  holdMusic: true,
  video: true,
  srtpRequired: false,
  endWithLastModerator: false,
  maxDurationSec: 86_400,
};
