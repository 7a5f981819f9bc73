import type { ControlCommand } from './control-command.js';
import type { MemberState } from './member-state.js';

/** What an actor is in a conference. `owns` tells which legs are its own. */
export interface Standing {
  readonly rank: 'operator' | 'moderator' | 'member' | 'stranger';
  readonly owns: (member: MemberState) => boolean;
  /** Whether it is known to be of the tenant, whose calls those are that the conference makes. */
  readonly isOfTenant: boolean;
}

const NEEDS_A_MODERATOR: Readonly<Record<ControlCommand['type'], string>> = {
  mute: 'mute others',
  unmute: 'unmute others',
  deafen: 'deafen others',
  undeafen: 'undeafen others',
  'mute-all': 'mute everybody',
  'unmute-all': 'unmute everybody',
  kick: 'remove others',
  lock: 'lock the conference',
  unlock: 'unlock the conference',
  gain: "change others' gain",
  promote: 'make moderators',
  demote: 'take the role of moderator away',
  'raise-hand': "raise others' hands",
  'lower-hand': "lower others' hands",
  invite: 'invite somebody into a locked conference',
  'record-start': 'record',
  'record-stop': 'end a recording',
  maximum: 'set how many may be in',
  end: 'end the conference',
};

/** Why this actor may not do that, as a sentence; undefined where it may. `target` is the member that the command names. */
export function whyForbidden(
  standing: Standing,
  command: ControlCommand,
  target: MemberState | undefined,
  isLocked: boolean,
): string | undefined {
  if (standing.rank === 'operator' || standing.rank === 'moderator') return undefined;
  if (standing.rank === 'stranger') return 'only members of the conference may ask something of it';
  const moderatorsOnly = `only a moderator may ${NEEDS_A_MODERATOR[command.type]}`;
  switch (command.type) {
    case 'invite':
      if (!standing.isOfTenant) return 'guests may not have somebody called: the tenant would pay for it';
      return isLocked ? moderatorsOnly : undefined;
    case 'mute':
    case 'deafen':
    case 'kick':
    case 'gain':
    case 'raise-hand':
    case 'lower-hand':
      return target !== undefined && standing.owns(target) ? undefined : moderatorsOnly;
    case 'unmute':
    case 'undeafen': {
      if (target === undefined || !standing.owns(target)) return moderatorsOnly;
      const silenced = command.type === 'unmute' ? target.muted : target.deaf;
      return silenced === 'firmly' ? 'a moderator has done this, and only a moderator may undo it' : undefined;
    }
    default:
      return moderatorsOnly;
  }
}
