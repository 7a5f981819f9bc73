import { parseMessage, type SipRequest, type SipResponse } from '@ringdown/sip-message';

/** What a test may want to vary in a request; the rest is RFC 3261's Alice calling Bob. */
export interface RequestText {
  readonly method?: string;
  readonly requestUri?: string;
  readonly via?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly headers?: readonly string[];
}

export const VIA = 'SIP/2.0/UDP pc33.atlanta.example.com:5060;branch=z9hG4bK776asdhds';

export function requestText(text: RequestText = {}): string {
  const method = text.method ?? 'INVITE';
  const to = text.toTag === undefined ? '' : `;tag=${text.toTag}`;
  return [
    `${method} ${text.requestUri ?? 'sip:bob@biloxi.example.com'} SIP/2.0`,
    `Via: ${text.via ?? VIA}`,
    'Max-Forwards: 70',
    `From: Alice <sip:alice@atlanta.example.com>;tag=${text.fromTag ?? '1928301774'}`,
    `To: Bob <sip:bob@biloxi.example.com>${to}`,
    `Call-ID: ${text.callId ?? 'a84b4c76e66710@pc33.atlanta.example.com'}`,
    `CSeq: ${text.cseq ?? 314159} ${method}`,
    ...(text.headers ?? []),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

export function request(text: RequestText = {}): SipRequest {
  return parsed(requestText(text), 'request');
}

/** A response to that request as its transaction's peer would write it. */
export function responseText(to: SipRequest, statusCode: number, toTag = 'a6c85cf'): string {
  const lines = to.raw.split('\r\n');
  const copied = lines.filter((line) => /^(Via|From|Call-ID|CSeq):/i.test(line));
  const toLine = lines.find((line) => line.startsWith('To:')) as string;
  const tagged = statusCode === 100 || toLine.includes(';tag=') ? toLine : `${toLine};tag=${toTag}`;
  return [`SIP/2.0 ${statusCode} Because`, ...copied, tagged, 'Content-Length: 0', '', ''].join('\r\n');
}

export function response(to: SipRequest, statusCode: number, toTag?: string): SipResponse {
  return parsed(responseText(to, statusCode, toTag), 'response');
}

function parsed(raw: string, kind: 'request'): SipRequest;
function parsed(raw: string, kind: 'response'): SipResponse;
function parsed(raw: string, kind: 'request' | 'response'): SipRequest | SipResponse {
  const message = parseMessage(raw);
  if (message.kind !== kind) throw new Error(`this is no well-formed ${kind}:\n${raw}`);
  return message as SipRequest | SipResponse;
}
