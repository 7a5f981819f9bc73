import { buildRequest, Header, type HeaderField } from '@ringdown/sip-message';

/** The parts of a request that tests vary. */
export interface WrittenRequest {
  readonly method?: string;
  readonly requestUri?: string;
  readonly via: string;
  readonly callId?: string;
  readonly toTag?: string;
  readonly headers?: readonly HeaderField[];
}

/** A small request from alice to bob. */
export function writeRequest(parts: WrittenRequest): string {
  const method = parts.method ?? 'OPTIONS';
  return buildRequest({
    method,
    requestUri: parts.requestUri ?? 'sip:bob@example.com',
    headers: [
      [Header.Via, parts.via],
      [Header.MaxForwards, '70'],
      [Header.From, '<sip:alice@example.com>;tag=alice'],
      [Header.To, `<sip:bob@example.com>${parts.toTag === undefined ? '' : `;tag=${parts.toTag}`}`],
      [Header.CallId, parts.callId ?? 'call-1'],
      [Header.CSeq, `1 ${method}`],
      ...(parts.headers ?? []),
    ],
  });
}
