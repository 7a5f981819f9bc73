import type { Pin } from '../domain/room-settings.js';
import type { Role } from '../domain/roster.js';
import { isFull } from './admission.js';
import type { Member } from './member.js';
import type { OpenConference } from './open-conference.js';
import { PinQuestion } from './pin-question.js';

const TRIES_OF_A_CALL = 3;

function ask(
  conference: OpenConference,
  member: Member,
  wanted: { readonly pin: Pin | undefined; readonly tries: number },
  onAnswered: (role: Role | undefined) => void,
): void {
  const { guards, shared } = conference.options;
  member.question = new PinQuestion({
    ...wanted,
    moderatorPin: conference.settings.moderatorPin,
    guard: guards.of(conference.tenantId, conference.room, member.request),
    now: shared.now,
    after: (delayMs, run) => conference.waits.after(delayMs, run),
    play: (tones) => conference.play(tones, member.id),
    onWrong: (tries) => conference.happened({ type: 'wrong-pin', uri: member.state.uri, tries }),
    onAnswered: (role) => {
      if (member.isGone) return;
      member.question = undefined;
      onAnswered(role);
    },
  });
}

/** Asks a caller for its PIN; lets it in, or hangs up after the third wrong one. */
export function askForPin(conference: OpenConference, member: Member): void {
  const turnAway = (statusCode: number, text: string) => {
    void conference.play('refused', member.id).then(() => {
      conference.remove(member, 'failed', text, { statusCode, text });
    });
  };
  ask(conference, member, { pin: conference.settings.pin, tries: TRIES_OF_A_CALL }, (role) => {
    if (role === undefined) {
      conference.remove(member, 'failed', 'No right PIN', { statusCode: 403, text: 'No right PIN' });
    } else if (isFull(conference)) turnAway(486, 'The conference is full');
    else if (role === 'participant' && conference.isLocked) turnAway(480, 'The conference is locked');
    else {
      if (role === 'moderator') conference.change(member, { role });
      conference.enter(member);
    }
  });
}

/** Asks a member who wants to be a moderator for the moderators' PIN, once. False where there is none, or it has to wait. */
export function askForModeratorPin(conference: OpenConference, member: Member): boolean {
  const { guards } = conference.options;
  if (conference.settings.moderatorPin === undefined || member.isModerator) return false;
  if (guards.of(conference.tenantId, conference.room, member.request).waitMs() > 0) return false;
  ask(conference, member, { pin: undefined, tries: 1 }, (role) => {
    if (role !== 'moderator') return;
    conference.change(member, { role });
    conference.happened({ type: 'role', member: member.asEvent(), role, by: member.state.uri });
    conference.attendance.moderatorMayHaveCome();
  });
  return true;
}
