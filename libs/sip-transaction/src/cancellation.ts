import { buildRequest, Header, type HeaderField, parseMessage, type SipRequest } from '@ringdown/sip-message';

/** The CANCEL for this request (RFC 3261 §9.1), with the caller's further header fields (a Reason, for instance) at its end. */
export function buildCancellation(request: SipRequest, further: readonly HeaderField[]): SipRequest {
  const headers: HeaderField[] = [];
  // RFC 3261 §9.1: a single Via that equals the topmost one of the request being cancelled.
  headers.push([Header.Via, request.list(Header.Via)[0] as string], [Header.MaxForwards, '70']);
  // RFC 3261 §9.1: Request-URI, Call-ID, To, the number of CSeq and From are identical to those of the request, tags included.
  headers.push([Header.From, request.value(Header.From) as string], [Header.To, request.value(Header.To) as string]);
  headers.push([Header.CallId, request.callId], [Header.CSeq, `${request.cseq.number} CANCEL`]);
  // RFC 3261 §9.1: where the request has a Route, the CANCEL has the same.
  for (const route of request.values(Header.Route)) headers.push([Header.Route, route]);
  headers.push(...further);
  const raw = buildRequest({ method: 'CANCEL', requestUri: request.requestUri, headers });
  const cancel = parseMessage(raw);
  if (cancel.kind !== 'request') throw new Error(`the CANCEL for ${request.callId} is not a well-formed request`);
  return cancel;
}
