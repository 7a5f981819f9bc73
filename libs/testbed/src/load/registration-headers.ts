import { createHash } from 'node:crypto';
import type { LoadPhone } from './load-plan.js';

/** What a REGISTER has beside Via, CSeq and credentials. Phones with connections use outbound (RFC 5626), as browsers do. */
export function registrationHeaders(
  { transport }: LoadPhone,
  addressOfRecord: string,
  contact: string,
  callId: string,
  expiresSec: number,
): string[] {
  const isOutbound = transport !== 'UDP';
  return [
    `From: <${addressOfRecord}>;tag=${callId}`,
    `To: <${addressOfRecord}>`,
    `Call-ID: ${callId}`,
    `Contact: ${contact}${isOutbound ? ';reg-id=1' : ''}`,
    `Expires: ${expiresSec}`,
    ...(isOutbound ? ['Supported: outbound, path, gruu'] : []),
  ];
}

/**
 * The parameter of every Contact by which a device is known though its connection and so its address are new (RFC 5626 §4.1). A UDP phone has its
 * port for that.
 */
export function deviceParameter({ transport, username }: LoadPhone): string {
  if (transport === 'UDP') return '';
  const name = createHash('md5').update(username).digest('hex');
  const groups = [name.slice(0, 8), name.slice(8, 12), name.slice(12, 16), name.slice(16, 20), name.slice(20)];
  return `;+sip.instance="<urn:uuid:${groups.join('-')}>"`;
}
