import type { RefusalReason } from '../domain/refusal.js';
import type { DisconnectionMethod, JoiningMethod, Role } from '../domain/roster.js';

/** Which conference, and when (milliseconds since the epoch). */
interface Happened {
  readonly tenantId: string;
  readonly room: string;
  readonly conferenceId: string;
  readonly atMs: number;
}

/** Which member. */
export interface EventMember {
  readonly memberId: string;
  readonly uri: string;
  readonly displayName: string | undefined;
}

/** Why a conference has ended: its last member (or moderator) left, somebody ended it, its time was up, its media or its home was lost. */
export type EndReason = 'empty' | 'no-moderator' | 'ended' | 'too-long' | 'media-lost' | 'home-lost' | 'drained';

/** What happens in conferences, for the bus, for metrics and for usage. */
export type ConferenceEvent = Happened &
  (
    | { readonly type: 'started' }
    | { readonly type: 'ended'; readonly why: EndReason; readonly durationMs: number; readonly mostMembers: number }
    | { readonly type: 'joined'; readonly member: EventMember; readonly how: JoiningMethod; readonly role: Role }
    /** Of each that was in the roster. `durationMs` is the time that it was in, which a tenant's minutes are added up from; 0 for one that never got in. */
    | {
        readonly type: 'left';
        readonly member: EventMember;
        readonly how: DisconnectionMethod;
        readonly reason: string;
        readonly durationMs: number;
      }
    | {
        readonly type: 'muted' | 'unmuted' | 'deafened' | 'undeafened';
        readonly member: EventMember;
        readonly by: string;
      }
    | { readonly type: 'role'; readonly member: EventMember; readonly role: Role; readonly by: string }
    | { readonly type: 'hand'; readonly member: EventMember; readonly raised: boolean }
    | { readonly type: 'locked' | 'unlocked'; readonly by: string }
    /** The loudest first; at most ten a second of a conference. */
    | { readonly type: 'speakers'; readonly members: readonly EventMember[] }
    | { readonly type: 'recording-started'; readonly path: string; readonly by: string }
    | { readonly type: 'recording-stopped'; readonly path: string; readonly durationMs: number; readonly by: string }
    | { readonly type: 'wrong-pin'; readonly uri: string; readonly tries: number }
  );

type Bare<T> = T extends ConferenceEvent ? Omit<T, keyof Happened> : never;
/** What has happened, without where and when. */
export type Occurrence = Bare<ConferenceEvent>;

/** Somebody who didn't get in; there may be no conference. */
export interface JoinRefused {
  readonly tenantId: string;
  readonly room: string;
  readonly uri: string;
  readonly statusCode: number;
  readonly why: RefusalReason;
}

/** Told synchronously, in the order in which things happen; must not throw. */
export interface ConferenceEvents {
  happened(event: ConferenceEvent): void;
  refused(refusal: JoinRefused): void;
}
