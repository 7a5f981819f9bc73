import type { SipRequest } from '@ringdown/sip-message';

/** Whether the request stands outside any dialog: its To has no tag (RFC 3261 §12.2.2). */
export function isOutOfDialog(request: SipRequest): boolean {
  return request.toTag === undefined;
}

/**
 * Whether the request can create a dialog, so that Record-Route in it has an effect (RFC 3261 §16.6 step 4): INVITE,
 * SUBSCRIBE (RFC 6665 §4.1) and REFER (RFC 3515 §2.4.4), outside a dialog.
 */
export function isDialogForming(request: SipRequest): boolean {
  switch (request.method) {
    case 'INVITE':
    case 'SUBSCRIBE':
    case 'REFER':
      return request.toTag === undefined;
    default:
      return false;
  }
}
