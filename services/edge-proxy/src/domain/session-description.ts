import { edit, Header, parseMessage, type SipMessage, type SipRequest, type SipResponse } from '@ringdown/sip-message';

/** The session description of a message, and how to put another one in its place. */
export interface SessionPart {
  readonly sdp: string;
  readonly contentType: string;
  /** The whole body with another description. */
  bodyWith(sdp: string): string;
}

/** The session description that a message carries, alone or as a part of a multipart body (RFC 5621); undefined where there is none. */
export function sessionPart(message: SipMessage): SessionPart | undefined {
  const { body } = message;
  const contentType = body === '' ? undefined : message.value(Header.ContentType);
  if (contentType === undefined) return undefined;
  const type = contentType.toLowerCase();
  if (type.startsWith('application/sdp')) return { sdp: body, contentType, bodyWith: (sdp) => sdp };
  if (!type.startsWith('multipart/')) return undefined;
  const found = sessionRange(body, boundaryOf(contentType));
  if (found === undefined) return undefined;
  const { start, end } = found;
  return {
    sdp: body.slice(start, end),
    contentType,
    bodyWith: (sdp) => body.slice(0, start) + sdp + body.slice(end),
  };
}

/** The same request with another body. */
export function requestWithBody(request: SipRequest, contentType: string, body: string): SipRequest {
  const parsed = parseMessage(edit(request).body(contentType, body).toString());
  if (parsed.kind !== 'request') throw new Error('a request with another body is a request');
  return parsed;
}

/** The same response with another body. */
export function responseWithBody(response: SipResponse, contentType: string, body: string): SipResponse {
  const parsed = parseMessage(edit(response).body(contentType, body).toString());
  if (parsed.kind !== 'response') throw new Error('a response with another body is a response');
  return parsed;
}

function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** Where the first part with a description has its content (RFC 2046 §5.1.1). */
function sessionRange(body: string, boundary: string | undefined): { start: number; end: number } | undefined {
  if (boundary === undefined) return undefined;
  const delimiter = `--${boundary}`;
  let at = body.indexOf(delimiter);
  while (at >= 0) {
    const next = body.indexOf(`\r\n${delimiter}`, at);
    const headersEnd = body.indexOf('\r\n\r\n', at);
    if (next < 0 || headersEnd < 0) return undefined;
    const isSession = /^content-type\s*:\s*application\/sdp/im.test(body.slice(at, headersEnd));
    // The line break before a delimiter belongs to the delimiter; a description without its last one is read all the same.
    if (headersEnd < next && isSession) return { start: headersEnd + 4, end: next };
    at = next + 2;
  }
  return undefined;
}
