import { buildRequest, Header, type HeaderField, type SipRequest, type SipResponse } from '@ringdown/sip-message';

/** The ACK for a 300-699 response to this INVITE, as a message (RFC 3261 §17.1.1.3). The ACK for a 2xx is the TU's. */
export function buildAcknowledgement(invite: SipRequest, response: SipResponse): string {
  const headers: HeaderField[] = [];
  // RFC 3261 §17.1.1.3: a single Via, equal to the topmost one of the INVITE.
  headers.push([Header.Via, invite.list(Header.Via)[0] as string], [Header.MaxForwards, '70']);
  // RFC 3261 §17.1.1.3: From, Call-ID and Request-URI of the INVITE, the To of the response (with its tag).
  headers.push([Header.From, invite.value(Header.From) as string], [Header.To, response.value(Header.To) as string]);
  headers.push([Header.CallId, invite.callId], [Header.CSeq, `${invite.cseq.number} ACK`]);
  // RFC 3261 §17.1.1.3: the INVITE's Route; §22.1: its credentials, since an ACK can't be challenged.
  copyAll(invite, Header.Route, headers);
  copyAll(invite, Header.Authorization, headers);
  copyAll(invite, Header.ProxyAuthorization, headers);
  return buildRequest({ method: 'ACK', requestUri: invite.requestUri, headers });
}

function copyAll(invite: SipRequest, id: (typeof Header)[keyof typeof Header], headers: HeaderField[]): void {
  for (const value of invite.values(id)) headers.push([id, value]);
}
