import { type Refusal, refusal } from '../domain/refusal.js';
import type { RoomSettings } from '../domain/room-settings.js';
import type { JoinRequest } from './conference.js';
import type { OpenConference } from './open-conference.js';

/** How many may be asked for their PIN at once in one room: each holds ports without having shown that it may. */
const MOST_AT_THE_DOOR = 20;

/** Whether a caller is a moderator by what is known before it enters anything. */
export function isKnownModerator(settings: RoomSettings, request: JoinRequest): boolean {
  if (request.isModerator || request.how === 'focus-owner') return true;
  return request.isAuthenticated && settings.moderators.includes(request.uri);
}

// Who is called, or takes a member's place, has been let in by somebody who may.
function isVouchedFor(request: JoinRequest): boolean {
  return request.how !== 'dialed-in' || request.replaces !== undefined;
}

/** Whether a caller will be asked for a PIN: where the room has one, and where only a moderator's opens a locked room. */
export function mustProve(conference: OpenConference, request: JoinRequest): boolean {
  const { settings, isLocked } = conference;
  if (isVouchedFor(request) || isKnownModerator(settings, request)) return false;
  return settings.pin !== undefined || (isLocked && settings.moderatorPin !== undefined);
}

/** Whether as many are in, or on their way in, as may. */
export function isFull(conference: OpenConference): boolean {
  if (conference.maximum === 0) return false;
  let count = 0;
  for (const member of conference.attendance.members.values()) if (member.isIn || !member.mustProve) count += 1;
  return count >= conference.maximum;
}

// Only one leg at a time takes a member's place: of two, the second would be in without having been let in.
function isReplaceable({ attendance }: OpenConference, id: string): boolean {
  if (!attendance.members.get(id)?.isIn) return false;
  for (const { isIn, request } of attendance.members.values()) if (request.replaces === id && !isIn) return false;
  return true;
}

/** Why this caller doesn't get ports now; undefined where it does. */
export function whyNotIn(conference: OpenConference, request: JoinRequest): Refusal | undefined {
  const { settings, isLocked, attendance, options } = conference;
  if (request.replaces !== undefined) {
    return isReplaceable(conference, request.replaces) ? undefined : refusal('not-a-member');
  }
  const mayOpenTheLock = isVouchedFor(request) || isKnownModerator(settings, request);
  if (isLocked && !mayOpenTheLock && settings.moderatorPin === undefined) return refusal('locked');
  if (isFull(conference)) return refusal('full');
  if (!mustProve(conference, request)) return undefined;
  const waitMs = options.guards.of(conference.tenantId, conference.room, request).waitMs();
  if (waitMs > 0) return refusal('wrong-pins', waitMs / 1000);
  let atTheDoor = 0;
  for (const member of attendance.members.values()) if (member.mustProve && !member.isIn) atTheDoor += 1;
  return atTheDoor >= MOST_AT_THE_DOOR ? refusal('too-many-at-the-door') : undefined;
}
