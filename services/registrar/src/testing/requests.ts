import { readFileSync } from 'node:fs';
import { parseMessage, type SipRequest } from '@ringdown/sip-message';
import type { Sender } from '../domain/registration.js';
import type { RegistrarTenant, TenantId } from '../domain/tenant.js';

/** A REGISTER of alice's with these lines after the mandatory ones. */
export function registerText(lines: readonly string[] = [], changes: Readonly<Record<string, string>> = {}): string {
  const fields = {
    requestUri: 'sip:demo.ringdown.test',
    to: '<sip:alice@demo.ringdown.test>',
    callId: 'c1@192.0.2.4',
    cseq: '1',
    vias: '',
    ...changes,
  };
  const branch = `z9hG4bK${Math.trunc(Number(fields.cseq))}${fields.callId.replace(/\W/g, '')}`;
  // The edge's Via is above the phone's.
  const vias =
    fields.vias || `SIP/2.0/SIPLINK edge-1;branch=${branch}e\r\nVia: SIP/2.0/UDP 192.0.2.4:5060;branch=${branch}`;
  return [
    `REGISTER ${fields.requestUri} SIP/2.0`,
    `Via: ${vias}`,
    'Max-Forwards: 70',
    'From: <sip:alice@demo.ringdown.test>;tag=9fxced76sl',
    `To: ${fields.to}`,
    `Call-ID: ${fields.callId}`,
    `CSeq: ${fields.cseq} REGISTER`,
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

export function parsed(text: string): SipRequest {
  const message = parseMessage(text);
  if (message.kind !== 'request') throw new Error(`no request but a ${message.kind}: ${text}`);
  return message;
}

export function register(lines: readonly string[] = [], changes: Readonly<Record<string, string>> = {}): SipRequest {
  return parsed(registerText(lines, changes));
}

/** One of the messages of RFC 4475. */
export function torture(name: string): SipRequest {
  const folder = new URL('../../../../libs/sip-message/fixtures/torture/rfc4475/', import.meta.url);
  return parsed(readFileSync(new URL(`${name}.dat`, folder), 'latin1'));
}

export function tenant(changes: Partial<RegistrarTenant> = {}): RegistrarTenant {
  return {
    tenantId: 'demo' as TenantId,
    canonicalDomain: 'demo.ringdown.test',
    enabled: true,
    expiry: { minSec: 60, maxSec: 7200, defaultSec: 3600 },
    maxContacts: 10,
    maxRegistrations: 0,
    serviceRoute: false,
    ...changes,
  };
}

export const flow = {
  flowToken: 'udp/192.0.2.4/5060',
  edgeId: 'edge-1',
  incarnation: 'k1',
  receivedTransport: 'UDP',
  receivedHost: '192.0.2.4',
  receivedPort: 5060,
} as const;

export function sender(addressOfRecord: string | undefined = 'sip:alice@demo.ringdown.test'): Sender {
  return { addressOfRecord, isPlatform: false, flow };
}
