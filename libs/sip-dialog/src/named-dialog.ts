import { Header, type HeaderId, type SipRequest } from '@ringdown/sip-message';
import type { DialogId } from './dialog.js';

/** A dialog that another call's INVITE names, as the one who gets it has it. */
export interface NamedDialog extends DialogId {
  /** RFC 3891 §3: only a dialog that rings may be taken. */
  readonly earlyOnly: boolean;
}

/** The dialog in Replaces (RFC 3891 §6.1); 'malformed' where it can't be read or is there twice: answer 400. */
export function replacesOf(request: SipRequest): NamedDialog | 'malformed' | undefined {
  return namedIn(request, Header.Replaces);
}

/** The dialog in Join (RFC 3911 §7.1). */
export function joinOf(request: SipRequest): NamedDialog | 'malformed' | undefined {
  return namedIn(request, Header.Join);
}

function namedIn(request: SipRequest, header: HeaderId): NamedDialog | 'malformed' | undefined {
  const values = request.values(header);
  const [value] = values;
  if (value === undefined) return undefined;
  // RFC 3891 §3, RFC 3911 §4: one alone, and not beside the other.
  if (values.length > 1 || (request.has(Header.Replaces) && request.has(Header.Join))) return 'malformed';
  const [callId = '', ...parts] = value.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of parts) {
    const [name = '', text = ''] = part.split('=', 2);
    parameters.set(name.trim().toLowerCase(), text.trim());
  }
  const localTag = parameters.get('to-tag');
  const remoteTag = parameters.get('from-tag');
  // RFC 3891 §6.1: both tags are mandatory.
  if (callId === '' || callId.includes(',') || localTag === undefined || remoteTag === undefined) return 'malformed';
  return { callId, localTag, remoteTag, earlyOnly: parameters.has('early-only') };
}
