import { Header, type HeaderField, reasonPhrase, type SipRequest } from '@ringdown/sip-message';

/** Why a pending branch is cancelled. */
export type CancelReason =
  | { readonly kind: 'upstream'; readonly cancel: SipRequest | undefined }
  | { readonly kind: 'answered' }
  | { readonly kind: 'declined'; readonly statusCode: number }
  | { readonly kind: 'no-answer' };

const ANSWERED: readonly HeaderField[] = [[Header.Reason, 'SIP;cause=200;text="Call completed elsewhere"']];
const NO_ANSWER: readonly HeaderField[] = [[Header.Reason, 'SIP;cause=408;text="Request Timeout"']];

/**
 * The header fields of a branch's CANCEL that say why (RFC 3326 §2, §3.1): the caller's own Reason is passed on; a phone
 * that rang while another was answered learns it, so that it shows no missed call.
 */
export function cancelHeaders(reason: CancelReason): readonly HeaderField[] {
  switch (reason.kind) {
    case 'upstream':
      return (reason.cancel?.values(Header.Reason) ?? []).map((value) => [Header.Reason, value]);
    case 'answered':
      return ANSWERED;
    case 'declined':
      return [[Header.Reason, `SIP;cause=${reason.statusCode};text="${reasonPhrase(reason.statusCode)}"`]];
    case 'no-answer':
      return NO_ANSWER;
  }
}

/**
 * RFC 3261 §16.10: the answer to a CANCEL. 200 when it matches an INVITE that this platform holds, whatever that INVITE's
 * state; otherwise 481. §16.10 would forward the unmatched CANCEL statelessly; here every INVITE is held by some edge, which
 * has been asked before, so there is nothing downstream that a CANCEL could match.
 */
export function cancelAnswer(cancelled: object | undefined): 200 | 481 {
  return cancelled === undefined ? 481 : 200;
}
