import type { SipRequest, Via } from '@ringdown/sip-message';

const MAGIC_COOKIE = 'z9hG4bK';

/** Whether the branch is unique by construction (RFC 3261 §8.1.1.7), so that it alone identifies a transaction. */
export function hasMagicCookie(branch: string | undefined): branch is string {
  return branch !== undefined && branch.startsWith(MAGIC_COOKIE);
}

/**
 * The key of RFC 3261 §17.2.3 without the method: what an INVITE, its retransmissions, its CANCEL and (the branch
 * permitting) its ACK have in common. From an RFC 2543 peer the key holds the To tag as this request has it, which an ACK
 * for a response that added one does not share with its INVITE: see `serverKeyWithoutToTag`.
 */
export function serverKey(request: SipRequest): string {
  const via = request.topmostVia;
  const { branch } = via;
  if (hasMagicCookie(branch)) return `${branch}|${sentBy(via)}`;
  return rfc2543Key(request, request.toTag);
}

/** For an ACK from an RFC 2543 peer: the key of an INVITE outside a dialog, whose To had no tag. */
export function serverKeyWithoutToTag(request: SipRequest): string {
  return rfc2543Key(request, undefined);
}

function sentBy(via: Via): string {
  // RFC 3261 §17.2.3: the sent-by is part of the key, since two clients may choose the same branch, out of malice too.
  return via.port === undefined ? via.host : `${via.host}:${via.port}`;
}

/** RFC 3261 §17.2.3: Request-URI, To tag, From tag, Call-ID, CSeq number and topmost Via; the caller knows the method. */
function rfc2543Key(request: SipRequest, toTag: string | undefined): string {
  const via = request.topmostVia;
  const parts = [
    request.requestUri,
    toTag ?? '',
    request.fromTag ?? '',
    request.callId,
    request.cseq.number,
    via.transport,
    sentBy(via),
    via.branch ?? '',
  ];
  // A line feed stands in none of the parts, so that no choice of values can imitate another request's key.
  return parts.join('\n');
}
