import { Header, type HeaderField } from '@ringdown/sip-message';

/** Methods that the focus answers (RFC 3261 §8.2.1). */
export const allowedMethods = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'UPDATE', 'REFER', 'SUBSCRIBE', 'INFO'];

/** RFC 4028, 3891, 3911, 4488. */
export const supportedTags = ['timer', 'replaces', 'join', 'norefersub'];

/** Bodies that it takes (RFC 3261 §8.2.3). */
export const acceptedTypes = 'application/sdp';

/** What the focus can do, as responses to INVITE and OPTIONS say it (RFC 3261 §11.2, RFC 4579 §4). */
export const abilities: readonly HeaderField[] = [
  [Header.Allow, allowedMethods.join(', ')],
  [Header.AllowEvents, 'conference'],
  [Header.Supported, supportedTags.join(', ')],
  [Header.Accept, `${acceptedTypes}, application/conference-info+xml`],
];
