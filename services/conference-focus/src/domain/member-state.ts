import type { MediaDirection, MemberControls, MemberMedia } from '../ports/mixer.js';
import type {
  DisconnectionMethod,
  EndpointStatus,
  JoiningMethod,
  Role,
  RosterEndpoint,
  RosterMedia,
} from './roster.js';

/** Who has muted (or deafened) a member decides who may undo it: `softly` is by itself, on entry or with everybody, `firmly` is by a moderator. */
export type Silenced = 'no' | 'softly' | 'firmly';

/** What the room knows of one leg. */
export interface MemberState {
  readonly id: string;
  /** The user's URI: two legs with the same one are one user with two endpoints. */
  readonly uri: string;
  readonly displayName: string | undefined;
  readonly how: JoiningMethod;
  readonly invitedBy: string | undefined;
  /** `arriving` until the leg is connected, then `at-the-door` where a PIN is asked for, else `in`. */
  readonly phase: 'arriving' | 'at-the-door' | 'in' | 'gone';
  readonly alerting: boolean;
  readonly role: Role;
  readonly joinedAtMs: number | undefined;
  readonly muted: Silenced;
  readonly deaf: Silenced;
  readonly gainDb: number;
  readonly handRaised: boolean;
  readonly media: MemberMedia | undefined;
  /** Held by its phone: see `holds`. */
  readonly onHold: boolean;
  readonly gone: { readonly how: DisconnectionMethod; readonly reason: string } | undefined;
}

/** How the room around a member stands. */
export interface Surroundings {
  /** No moderator has come yet, and the room waits for one. */
  readonly waitsForModerator: boolean;
  /** Nobody else is in. */
  readonly isAlone: boolean;
  readonly holdMusic: boolean;
}

/** Whether a member is kept waiting for the moderator. */
export function isWaiting(member: MemberState, around: Surroundings): boolean {
  return member.phase === 'in' && around.waitsForModerator && member.role !== 'moderator';
}

/**
 * Whether an agreement puts the conference on hold. `inactive` does. A member that only sends does if it could hear before: then it
 * has turned the conference away, and what it sends is its own hold music; from the first it is one that only speaks.
 */
export function holds(before: MemberMedia | undefined, wasOnHold: boolean, after: MemberMedia): boolean {
  const direction = after.audio?.direction;
  if (direction === undefined || direction === 'sendrecv' || direction === 'sendonly') return false;
  if (direction === 'inactive' || wasOnHold) return true;
  const earlier = before?.audio?.direction;
  return earlier === 'sendrecv' || earlier === 'sendonly';
}

/** What the mixer is told of a member. Outside of the room it hears prompts only. */
export function controlsOf(member: MemberState, around: Surroundings): MemberControls {
  const { gainDb } = member;
  if (member.phase !== 'in') return { muted: true, deaf: true, gainDb, waiting: false };
  const kept = isWaiting(member, around);
  return {
    muted: member.muted !== 'no' || member.onHold || (kept && !around.holdMusic),
    deaf: member.deaf !== 'no' || (kept && !around.holdMusic),
    gainDb,
    waiting: around.holdMusic && (kept || around.isAlone),
  };
}

const AS_THE_MEMBER_SEES: Readonly<Record<MediaDirection, MediaDirection>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

function mediaOf(media: MemberMedia | undefined): readonly RosterMedia[] {
  const streams: RosterMedia[] = [];
  if (media?.audio) streams.push({ id: '1', type: 'audio', status: AS_THE_MEMBER_SEES[media.audio.direction] });
  if (media?.video) streams.push({ id: '2', type: 'video', status: AS_THE_MEMBER_SEES[media.video.direction] });
  return streams;
}

function statusOf(member: MemberState, waiting: boolean): EndpointStatus {
  if (member.gone !== undefined) return 'disconnected';
  if (member.phase !== 'in') {
    if (member.how !== 'dialed-out') return 'dialing-in';
    return member.alerting ? 'alerting' : 'dialing-out';
  }
  // One that waits for the moderator's approval and hears music meanwhile is RFC 4575 §5.7.2's own example of `on-hold`.
  if (member.onHold || waiting) return 'on-hold';
  return member.muted === 'no' ? 'connected' : 'muted-via-focus';
}

/** A member as the roster shows it. */
export function endpointOf(member: MemberState, around: Surroundings): RosterEndpoint {
  const waiting = isWaiting(member, around);
  return {
    entity: `${member.uri};member=${member.id}`,
    memberId: member.id,
    displayName: member.displayName,
    role: member.role,
    status: statusOf(member, waiting),
    joiningMethod: member.how,
    joinedAt: member.joinedAtMs === undefined ? undefined : new Date(member.joinedAtMs).toISOString(),
    invitedBy: member.invitedBy,
    disconnectionMethod: member.gone?.how,
    disconnectionReason: member.gone?.reason,
    media: member.gone === undefined ? mediaOf(member.media) : [],
    muted: member.muted !== 'no',
    deaf: member.deaf !== 'no',
    waiting,
    handRaised: member.handRaised,
    gainDb: member.gainDb,
  };
}
