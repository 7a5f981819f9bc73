import type { ControlCommand } from '../domain/control-command.js';
import { type MenuChoice, menuKey } from '../domain/dtmf-menu.js';
import type { Member } from './member.js';
import type { OpenConference } from './open-conference.js';
import { askForModeratorPin } from './pin-questions.js';

const GAIN_STEP_DB = 3;

/** A key of a member: for the question that it is asked, else for the menu. */
export function pressed(conference: OpenConference, member: Member, digit: string): void {
  if (member.question !== undefined) {
    member.question.key(digit);
    return;
  }
  if (!member.isIn) return;
  const { keys, chosen } = menuKey(member.keys, digit, member.state.role, conference.options.shared.now());
  member.keys = keys;
  if (chosen === 'unknown') void conference.play('refused', member.id);
  else if (chosen === 'moderator-pin') {
    if (!askForModeratorPin(conference, member)) void conference.play('refused', member.id);
  } else if (chosen !== undefined) void choose(conference, member, chosen);
}

async function choose(
  conference: OpenConference,
  member: Member,
  chosen: Exclude<MenuChoice, 'moderator-pin'>,
): Promise<void> {
  const command = commandOf(conference, member, chosen);
  const result = await conference.control({ kind: 'member', id: member.id }, command);
  if (!result.ok) void conference.play('refused', member.id);
  // Those have tones of their own.
  else if (!['mute', 'unmute', 'record-start', 'end'].includes(command.type))
    void conference.play('pin-right', member.id);
}

function commandOf(
  conference: OpenConference,
  member: Member,
  chosen: Exclude<MenuChoice, 'moderator-pin'>,
): ControlCommand {
  const { id, muted, gainDb, handRaised } = member.state;
  switch (chosen) {
    case 'mute':
      return { type: muted === 'no' ? 'mute' : 'unmute', member: id };
    case 'quieter':
      return { type: 'gain', member: id, gainDb: gainDb - GAIN_STEP_DB };
    case 'louder':
      return { type: 'gain', member: id, gainDb: gainDb + GAIN_STEP_DB };
    case 'hand':
      return { type: handRaised ? 'lower-hand' : 'raise-hand', member: id };
    case 'lock':
      return { type: conference.isLocked ? 'unlock' : 'lock' };
    case 'record':
      return { type: conference.recording.isOn ? 'record-stop' : 'record-start' };
    case 'mute-all':
      return { type: everybodyIsMuted(conference) ? 'unmute-all' : 'mute-all' };
    case 'end':
      return { type: 'end' };
  }
}

function everybodyIsMuted(conference: OpenConference): boolean {
  for (const { isIn, isModerator, state } of conference.attendance.members.values()) {
    if (isIn && !isModerator && state.muted === 'no') return false;
  }
  return true;
}
