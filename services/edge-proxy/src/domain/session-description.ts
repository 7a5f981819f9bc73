import { edit, Header, parseMessage, type SipMessage, type SipRequest, type SipResponse } from '@ringdown/sip-message';

/** Whether a message carries a session description, alone or as a part of a multipart body (RFC 5621). */
export function hasSessionDescription(message: SipMessage): boolean {
  if (message.body === '') return false;
  const type = message.value(Header.ContentType)?.toLowerCase();
  if (type === undefined) return false;
  if (type.startsWith('application/sdp')) return true;
  return type.startsWith('multipart/') && message.body.toLowerCase().includes('application/sdp');
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
