import type { conference } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import type { Actor } from '../../domain/actor.js';
import type { ControlCommand } from '../../domain/control-command.js';
import type { Tenants } from '../../ports/tenants.js';
import { canonicalAddresses } from '../../use-cases/canonical-addresses.js';

/** Who wants it: a user, or the operator. Throws `invalid` for what is no address of record. */
export async function actorOf(
  { asUser }: conference.ControlRequest,
  tenants: Pick<Tenants, 'canonicalDomain'>,
): Promise<Actor> {
  if (asUser === '') return { kind: 'operator' };
  const [uri] = await canonicalAddresses(tenants, [asUser]);
  if (uri !== undefined) return { kind: 'user', uri };
  throw new ServiceError('invalid', 'as_user must be an address of record such as sip:alice@acme.example', {
    field: 'as_user',
  });
}

/** The command of a request. Throws `invalid` where there is none that is known here. */
export function commandOf({ command }: conference.ControlRequest): ControlCommand {
  switch (command?.$case) {
    case 'mute':
    case 'unmute':
    case 'deafen':
    case 'undeafen':
    case 'promote':
    case 'demote':
      return { type: command.$case, member: command.value.memberId };
    case 'raiseHand':
      return { type: 'raise-hand', member: command.value.memberId };
    case 'lowerHand':
      return { type: 'lower-hand', member: command.value.memberId };
    case 'muteAll':
      return { type: 'mute-all' };
    case 'unmuteAll':
      return { type: 'unmute-all' };
    case 'kick':
      return { type: 'kick', member: command.value.memberId, ...reasonOf(command.value) };
    case 'lock':
    case 'unlock':
      return { type: command.$case };
    case 'gain':
      return { type: 'gain', member: command.value.memberId, gainDb: command.value.gainDb };
    case 'invite': {
      const { target, displayName } = command.value;
      return { type: 'invite', target, ...(displayName === '' ? {} : { displayName }) };
    }
    case 'startRecording':
      return { type: 'record-start' };
    case 'stopRecording':
      return { type: 'record-stop' };
    case 'maximum':
      return { type: 'maximum', members: command.value.members };
    case 'end':
      return { type: 'end', ...reasonOf(command.value) };
    default:
      throw new ServiceError('invalid', 'the request has no command that is known here', { field: 'command' });
  }
}

function reasonOf({ reason }: { readonly reason: string }): { readonly reason?: string } {
  return reason === '' ? {} : { reason };
}
