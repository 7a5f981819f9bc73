import { parseMessage, type SipRequest, type SipResponse } from '@ringdown/sip-message';

/** What a sample request says; everything else is the same in all of them. */
export interface SampleRequest {
  readonly method?: string;
  readonly requestUri?: string;
  readonly via?: readonly string[];
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly callId?: string;
  /** null leaves the field out. */
  readonly maxForwards?: number | null;
  /** Further header lines, as they are. */
  readonly lines?: readonly string[];
  readonly body?: string;
}

const CALLER_VIA = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKcaller';

/** The raw text of a request from alice to bob. */
export function sampleRequestText(sample: SampleRequest = {}): string {
  const { method = 'INVITE', requestUri = 'sip:bob@example.com', via = [CALLER_VIA], maxForwards = 70 } = sample;
  const { fromTag = 'a1', callId = 'call-1@192.0.2.1', lines = [], body = '' } = sample;
  const toTag = sample.toTag === undefined ? '' : `;tag=${sample.toTag}`;
  return [
    `${method} ${requestUri} SIP/2.0`,
    ...via.map((value) => `Via: ${value}`),
    ...(maxForwards === null ? [] : [`Max-Forwards: ${maxForwards}`]),
    `From: "Alice" <sip:alice@example.com>;tag=${fromTag}`,
    `To: <sip:bob@example.com>${toTag}`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    ...lines,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

export function sampleRequest(sample: SampleRequest = {}): SipRequest {
  return requestFrom(sampleRequestText(sample));
}

/** A response as the next hop sends it: our Via on top of the caller's. */
export function sampleResponse(statusCode: number, lines: readonly string[] = [], method = 'INVITE'): SipResponse {
  return responseFrom(
    [
      `SIP/2.0 ${statusCode} Sample`,
      'Via: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bKours.0',
      `Via: ${CALLER_VIA}`,
      'From: "Alice" <sip:alice@example.com>;tag=a1',
      `To: <sip:bob@example.com>${statusCode === 100 ? '' : ';tag=b1'}`,
      'Call-ID: call-1@192.0.2.1',
      `CSeq: 1 ${method}`,
      ...lines,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );
}

/** Parses a text that has to be a request. */
export function requestFrom(raw: string): SipRequest {
  const message = parseMessage(raw);
  if (message.kind !== 'request') throw new Error(`not a request: ${describe(message)}`);
  return message;
}

/** Parses a text that has to be a response. */
export function responseFrom(raw: string): SipResponse {
  const message = parseMessage(raw);
  if (message.kind !== 'response') throw new Error(`not a response: ${describe(message)}`);
  return message;
}

function describe(message: ReturnType<typeof parseMessage>): string {
  return message.kind === 'failure' ? `${message.code} at ${message.offset}` : message.kind;
}
