import { type SipRequest, unescapeUri } from '@ringdown/sip-message';
import { FACTORY_NAME, isRoomName } from '../../domain/room-name.js';

/** What a Request-URI asks for: a room by its name, a new room, or nothing that could be here. */
export type ConferenceAddress =
  | { readonly kind: 'room'; readonly room: string; readonly domain: string }
  | { readonly kind: 'factory'; readonly domain: string }
  | { readonly kind: 'nothing' };

/** RFC 4579 §2: the conference URI, or the factory's (§5.4). */
export function conferenceAddress({ uri }: SipRequest): ConferenceAddress {
  if (uri.kind !== 'sip' || uri.user === undefined) return { kind: 'nothing' };
  const name = unescapeUri(uri.user).toLowerCase();
  const domain = uri.host;
  if (name === FACTORY_NAME) return { kind: 'factory', domain };
  return isRoomName(name) ? { kind: 'room', room: name, domain } : { kind: 'nothing' };
}

/** The value of the focus's Contact for a room (RFC 4579 §4.2, RFC 3840 §10). */
export function focusContact(uri: string): string {
  return `<${uri}>;isfocus`;
}
