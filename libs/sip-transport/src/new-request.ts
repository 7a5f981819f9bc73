import { parseMessage } from '@ringdown/sip-message';

/**
 * Whether the message asks for something new, and so may be refused when there is no room: a request outside a dialog
 * (no To tag, RFC 3261 §12.2) whose method doesn't settle something already begun. What can't be read counts as new.
 */
export function isNewRequest(raw: string): boolean {
  if (raw.startsWith('SIP/2.0 ')) return false;
  const message = parseMessage(raw);
  if (message.kind !== 'request') return message.kind === 'failure';
  switch (message.method) {
    case 'ACK':
    case 'CANCEL':
    case 'PRACK':
    case 'BYE':
      return false;
    default:
      return message.toTag === undefined;
  }
}
