import { Header, parseNameAddr, reasonPhrase, type SipRequest } from '@ringdown/sip-message';

/** RFC 3515 §2.4.5: the type of a NOTIFY's body in a subscription that a REFER made. */
export const sipfragType = 'message/sipfrag;version=2.0';

/** The URI a REFER asks to contact; undefined unless there is exactly one Refer-To that can be read: answer 400. */
export function referTarget(refer: SipRequest): string | undefined {
  // RFC 3515 §2.4.2: a REFER without exactly one Refer-To is answered with 400.
  const values = refer.values(Header.ReferTo);
  const [value] = values;
  if (value === undefined || values.length > 1) return undefined;
  const address = parseNameAddr(value);
  return address.kind === 'failure' ? undefined : address.uri;
}

/** The body that tells how the referred request fares (RFC 3515 §2.4.5): the status line at least. */
export function formatSipfrag(statusCode: number, phrase = reasonPhrase(statusCode)): string {
  return `SIP/2.0 ${statusCode} ${phrase}\r\n`;
}

/** The status code in a sipfrag body (RFC 3420 §2); undefined when it doesn't begin with a status line. */
export function sipfragStatusCode(body: string): number | undefined {
  const status = /^SIP\/2\.0 ([1-6]\d\d)(?: |\r|\n|$)/.exec(body);
  return status === null ? undefined : Number(status[1]);
}
