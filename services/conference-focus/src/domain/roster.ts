import type { MediaDirection } from '../ports/mixer.js';

/** RFC 4575 §5.7.2. */
export type EndpointStatus =
  | 'dialing-in'
  | 'dialing-out'
  | 'alerting'
  | 'on-hold'
  | 'connected'
  | 'muted-via-focus'
  | 'disconnected';

/** RFC 4575 §5.7.3. */
export type JoiningMethod = 'dialed-in' | 'dialed-out' | 'focus-owner';

/** RFC 4575 §5.7.5. */
export type DisconnectionMethod = 'departed' | 'booted' | 'failed' | 'busy';

export type Role = 'moderator' | 'participant';

/** One stream of an endpoint (RFC 4575 §5.8). */
export interface RosterMedia {
  readonly id: string;
  readonly type: 'audio' | 'video';
  /** As the member sees it: `sendonly` says, and doesn't hear. */
  readonly status: MediaDirection;
}

/** One phone of a user (RFC 4575 §5.7). */
export interface RosterEndpoint {
  /** Unique within the conference: the user's URI with the member's id. */
  readonly entity: string;
  /** The id by which controls name the member. */
  readonly memberId: string;
  readonly displayName: string | undefined;
  readonly role: Role;
  readonly status: EndpointStatus;
  readonly joiningMethod: JoiningMethod;
  /** RFC 3339, UTC; undefined until it is in. */
  readonly joinedAt: string | undefined;
  /** Who called it in, a URI; dialed-out only. */
  readonly invitedBy: string | undefined;
  readonly disconnectionMethod: DisconnectionMethod | undefined;
  readonly disconnectionReason: string | undefined;
  readonly media: readonly RosterMedia[];
  readonly muted: boolean;
  readonly deaf: boolean;
  /** It hears hold music until a moderator is there. */
  readonly waiting: boolean;
  readonly handRaised: boolean;
  readonly gainDb: number;
}

/** A person, with all its phones (RFC 4575 §5.6). */
export interface RosterUser {
  readonly entity: string;
  readonly displayName: string | undefined;
  /** Of all its phones. */
  readonly roles: readonly Role[];
  readonly endpoints: readonly RosterEndpoint[];
}

/** Who is in a conference, and how it stands. A value: a change makes a new one that shares what hasn't changed. */
export interface Roster {
  /** One higher with each change; not the version of a document, which each subscription counts for itself. */
  readonly version: number;
  readonly entity: string;
  readonly displayName: string | undefined;
  readonly subject: string | undefined;
  /** 0 for no maximum. */
  readonly maximumUserCount: number;
  /** Users with a phone that is in, or on its way in. */
  readonly userCount: number;
  /** False until the first is in, and once it has ended. */
  readonly active: boolean;
  readonly locked: boolean;
  readonly recording: boolean;
  /** In the order in which they came. */
  readonly users: readonly RosterUser[];
}

/** One step of a roster. A listener that wants a start calls `roster()` first. */
export interface RosterChange {
  readonly previous: Roster;
  readonly roster: Roster;
}
