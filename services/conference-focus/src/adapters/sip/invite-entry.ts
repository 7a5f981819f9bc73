import { type InviteServer, joinOf, type NamedDialog, replacesOf } from '@ringdown/sip-dialog';
import type { Flow } from '@ringdown/sip-transport';
import { conferenceAddress } from './conference-address.js';
import type { Factory } from './factory.js';
import type { FocusParts } from './focus-parts.js';
import type { MemberCall } from './member-call.js';
import { refusal, type SipRefusal } from './refusals.js';
import type { Sender } from './sender.js';

/** Where an INVITE leads: into a room, and there into the place of a member's call where it names one. */
export interface InviteEntry {
  readonly room: string;
  readonly replaces: string | undefined;
}

/** Which room an INVITE means: by a dialog that it names (RFC 3891, RFC 3911), else by its Request-URI. */
export function inviteEntry(
  parts: FocusParts,
  factory: Factory,
  invite: InviteServer<Flow>,
  sender: Sender,
): InviteEntry | SipRefusal {
  const { request } = invite.transaction;
  const replaces = replacesOf(request);
  const join = joinOf(request);
  if (replaces === 'malformed' || join === 'malformed')
    return { statusCode: 400, options: { reasonPhrase: 'Replaces or Join cannot be read' } };
  const named = replaces ?? join;
  if (named !== undefined) return intoNamed(parts, named, sender, replaces !== undefined);
  const address = conferenceAddress(request);
  if (address.kind === 'nothing') return refusal(404, 'There is no such conference');
  return { room: address.kind === 'factory' ? factory.roomFor(invite.transaction) : address.room, replaces: undefined };
}

function intoNamed(
  { calls }: FocusParts,
  named: NamedDialog,
  sender: Sender,
  isReplacement: boolean,
): InviteEntry | SipRefusal {
  const call = calls.ofDialog(named);
  const member = call?.member;
  // Another tenant's calls don't exist, whatever tags are guessed.
  if (call === undefined || member === undefined || call.sender.tenantId !== sender.tenantId)
    return refusal(481, 'No call here has these tags');
  // RFC 3891 §3: an established call isn't taken where only one that rings was meant.
  if (isReplacement && named.earlyOnly) return refusal(486, 'That call is established already');
  if (!mayTake(call, sender)) return refusal(403, 'Only the same user or a moderator may take or join this call');
  return { room: member.conference.room, replaces: isReplacement ? member.id : undefined };
}

/** RFC 3891 §8, RFC 3911 §9: its own user, or who may decide about members anyway. */
function mayTake({ member, sender: owner }: MemberCall, sender: Sender): boolean {
  if (!sender.isAuthenticated) return false;
  return sender.uri === owner.uri || member?.conference.isModerator({ kind: 'user', uri: sender.uri }) === true;
}
