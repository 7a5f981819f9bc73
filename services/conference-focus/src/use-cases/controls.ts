import type { Actor } from '../domain/actor.js';
import type { ControlCommand, ControlFailure, ControlResult } from '../domain/control-command.js';
import type { Silenced } from '../domain/member-state.js';
import { type Standing, whyForbidden } from '../domain/permissions.js';
import type { Role } from '../domain/roster.js';
import type { Member } from './member.js';
import type { OpenConference } from './open-conference.js';

/** Beyond this a voice is only distorted, or gone. */
export const MOST_GAIN_DB = 20;
const CALLABLE = /^(?:sips?|tel):[^\s<>"]+$/i;
const DONE: ControlResult = { ok: true };

function failed(failure: ControlFailure, detail: string): ControlResult {
  return { ok: false, failure, detail };
}

/** What an actor is in this conference now. */
export function standingOf(conference: OpenConference, actor: Actor): Standing {
  const { members } = conference.attendance;
  switch (actor.kind) {
    case 'operator':
    case 'focus':
      return { rank: 'operator', owns: () => false, isOfTenant: true };
    case 'member': {
      const member = members.get(actor.id);
      if (member === undefined || !member.isIn) return { rank: 'stranger', owns: () => false, isOfTenant: false };
      const { isAuthenticated, uri } = member.request;
      const isOfTenant = isAuthenticated && domainOf(uri) === domainOf(conference.uri);
      return { rank: member.isModerator ? 'moderator' : 'member', owns: ({ id }) => id === actor.id, isOfTenant };
    }
    case 'user': {
      // A leg that merely says that it is this user gives no rights.
      const own = [...members.values()].filter((one) => one.request.isAuthenticated && one.state.uri === actor.uri);
      const ids = new Set(own.map(({ id }) => id));
      const isModerator = conference.settings.moderators.includes(actor.uri) || own.some((one) => one.isModerator);
      const rank = isModerator ? 'moderator' : own.some((one) => one.isIn) ? 'member' : 'stranger';
      return { rank, owns: ({ id }) => ids.has(id), isOfTenant: domainOf(actor.uri) === domainOf(conference.uri) };
    }
  }
}

/** The canonical domain in an address of record: a tenant's own stands in all of its users' and rooms'. */
function domainOf(addressOfRecord: string): string {
  return addressOfRecord.slice(addressOfRecord.lastIndexOf('@') + 1);
}

function nameOf(conference: OpenConference, actor: Actor): string {
  if (actor.kind === 'user') return actor.uri;
  if (actor.kind === 'member') return conference.attendance.members.get(actor.id)?.state.uri ?? 'member';
  return actor.kind === 'operator' && actor.name !== undefined ? `operator:${actor.name}` : actor.kind;
}

/** Does what an actor asks, or says why not. Never throws. */
export async function carryOut(
  conference: OpenConference,
  actor: Actor,
  command: ControlCommand,
): Promise<ControlResult> {
  if (conference.isOver) return failed('not-found', 'the conference has ended');
  const target = 'member' in command ? conference.attendance.members.get(command.member) : undefined;
  const standing = standingOf(conference, actor);
  const forbidden = whyForbidden(standing, command, target?.state, conference.isLocked);
  if (forbidden !== undefined) return failed('forbidden', forbidden);
  const by = nameOf(conference, actor);
  if ('member' in command) {
    if (target === undefined) return failed('not-found', `no member ${command.member} is in the conference`);
    return withMember(conference, target, command, { by, isOwn: standing.owns(target.state) });
  }
  return withRoom(conference, command, by);
}

type MemberCommand = Extract<ControlCommand, { readonly member: string }>;
type RoomCommand = Exclude<ControlCommand, { readonly member: string }>;

function silence(
  conference: OpenConference,
  member: Member,
  what: 'muted' | 'deaf',
  silenced: Silenced,
  by: string,
): void {
  const before = member.state[what];
  conference.change(member, { [what]: silenced });
  if ((before === 'no') === (silenced === 'no')) return;
  const isNow = silenced !== 'no';
  const type = what === 'muted' ? (isNow ? 'muted' : 'unmuted') : isNow ? 'deafened' : 'undeafened';
  conference.happened({ type, member: member.asEvent(), by });
  if (what === 'muted' && member.isIn) void conference.play(isNow ? 'muted' : 'unmuted', member.id);
}

function setRole(conference: OpenConference, member: Member, role: Role, by: string): void {
  if (member.state.role === role) return;
  conference.change(member, { role });
  conference.happened({ type: 'role', member: member.asEvent(), role, by });
  conference.attendance.moderatorMayHaveCome();
}

function setHand(conference: OpenConference, member: Member, raised: boolean): void {
  if (member.state.handRaised === raised) return;
  conference.change(member, { handRaised: raised });
  conference.happened({ type: 'hand', member: member.asEvent(), raised });
}

function withMember(
  conference: OpenConference,
  member: Member,
  command: MemberCommand,
  { by, isOwn }: { readonly by: string; readonly isOwn: boolean },
): ControlResult {
  // Who mutes itself may undo it; what a moderator has done before stays a moderator's.
  const strength = (before: Silenced): Silenced => (isOwn && before !== 'firmly' ? 'softly' : 'firmly');
  switch (command.type) {
    case 'mute':
      silence(conference, member, 'muted', strength(member.state.muted), by);
      return DONE;
    case 'unmute':
      silence(conference, member, 'muted', 'no', by);
      return DONE;
    case 'deafen':
      silence(conference, member, 'deaf', strength(member.state.deaf), by);
      return DONE;
    case 'undeafen':
      silence(conference, member, 'deaf', 'no', by);
      return DONE;
    case 'gain':
      if (!Number.isFinite(command.gainDb) || Math.abs(command.gainDb) > MOST_GAIN_DB)
        return failed('invalid', `gainDb must lie between -${MOST_GAIN_DB} and ${MOST_GAIN_DB}`);
      conference.change(member, { gainDb: command.gainDb });
      return DONE;
    case 'promote':
    case 'demote':
      setRole(conference, member, command.type === 'promote' ? 'moderator' : 'participant', by);
      return DONE;
    case 'raise-hand':
    case 'lower-hand':
      setHand(conference, member, command.type === 'raise-hand');
      return DONE;
    case 'kick': {
      const text = command.reason ?? 'Removed from the conference';
      conference.remove(member, 'booted', text, { text });
      return DONE;
    }
  }
}

function withRoom(
  conference: OpenConference,
  command: RoomCommand,
  by: string,
): ControlResult | Promise<ControlResult> {
  switch (command.type) {
    case 'mute-all':
    case 'unmute-all':
      for (const member of conference.attendance.members.values()) {
        if (!member.isIn || (command.type === 'mute-all' && (member.isModerator || member.state.muted !== 'no')))
          continue;
        silence(conference, member, 'muted', command.type === 'mute-all' ? 'softly' : 'no', by);
      }
      return DONE;
    case 'lock':
    case 'unlock': {
      const isLocked = command.type === 'lock';
      if (conference.isLocked === isLocked) return DONE;
      conference.setLocked(isLocked);
      conference.happened({ type: isLocked ? 'locked' : 'unlocked', by });
      return DONE;
    }
    case 'maximum':
      if (!Number.isInteger(command.members) || command.members < 0)
        return failed('invalid', 'members must be a whole number, or 0 for as many as the tenant may have');
      conference.setMaximum(command.members);
      return DONE;
    case 'record-start':
      if (conference.settings.recording === 'never')
        return failed('conflict', "the room's settings say that it is never recorded");
      return conference.recording.start(by);
    case 'record-stop':
      if (conference.settings.recording === 'always')
        return failed('conflict', "the room's settings say that it is always recorded");
      return conference.recording.stop(by);
    case 'invite': {
      if (!CALLABLE.test(command.target))
        return failed('invalid', `${command.target} can't be called: write a sip:, sips: or tel: URI`);
      const { target, displayName, onProgress } = command;
      const onBehalfOf = by.includes(':') && !by.startsWith('operator:') ? by : conference.uri;
      const dialOut = conference.options.shared.dialOut();
      return { ok: true, invited: dialOut.invite({ conference, target, displayName, onBehalfOf, onProgress }) };
    }
    case 'end':
      conference.end('ended');
      return DONE;
  }
}
