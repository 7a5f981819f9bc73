import { LBRACKET, trimLwsEnd } from './chars.js';
import { HeaderFailure } from './failure.js';
import { Header } from './header.js';
import { canonicalHost } from './host.js';
import { FIELD_STRIDE, type HeaderIndex, SipRequest } from './message.js';
import { scanVia } from './via.js';

/**
 * The request with the source it came from written into its topmost Via (RFC 3261 §18.2.1, RFC 3581 §4): `received` when
 * the sent-by host is not the source address or an `rport` asks for it, and `rport` filled with the source port when asked
 * for. The same object when neither is needed. What the sender itself wrote into these parameters is replaced.
 *
 * `host` is an address as sockets give it, IPv6 without brackets. The header index is shifted, not scanned again, so this
 * is cheaper than an edit and a parse.
 */
export function withReceived(request: SipRequest, host: string, port: number): SipRequest {
  const via = request.topmostVia;
  const wantsPort = via.rport !== undefined;
  const sentBySource = sameAddress(via.host, host);
  if (sentBySource && !wantsPort && via.received === undefined) return request;
  const { raw, index, core } = request;
  const { paramsStart, end } = core.topmostVia;
  const start = index.fields[fieldOf(index, Header.Via) + 2] as number;
  let text = raw.slice(start, trimLwsEnd(raw, start, paramsStart));
  for (const [name, value] of via.params.entries()) {
    const lower = name.toLowerCase();
    if (lower !== 'received' && lower !== 'rport') text += value === '' ? `;${name}` : `;${name}=${value}`;
  }
  if (wantsPort) text += `;rport=${port}`;
  if (wantsPort || !sentBySource) text += `;received=${host}`;
  return splice(request, start, trimLwsEnd(raw, start, end), text);
}

/** Whether a sent-by host is the source address; an IPv6 address may be written in several ways (RFC 5954 §4.2). */
function sameAddress(sentBy: string, host: string): boolean {
  if (sentBy === host) return true;
  return sentBy.charCodeAt(0) === LBRACKET && canonicalHost(sentBy) === canonicalHost(`[${host.toLowerCase()}]`);
}

function fieldOf(index: HeaderIndex, id: number): number {
  let at = 0;
  while (index.fields[at] !== id) at += FIELD_STRIDE;
  return at;
}

/** The request with raw[start, end), which lies in the topmost Via, replaced by `text`. */
function splice(request: SipRequest, start: number, end: number, text: string): SipRequest {
  const { core } = request;
  const raw = request.raw.slice(0, start) + text + request.raw.slice(end);
  const shift = text.length - (end - start);
  const fields = request.index.fields.slice();
  for (let i = 0; i < fields.length; i++) {
    if (i % FIELD_STRIDE !== 0 && (fields[i] as number) >= end) fields[i] = (fields[i] as number) + shift;
  }
  const index: HeaderIndex = {
    fields,
    present: request.index.present,
    headersEnd: request.index.headersEnd + shift,
    bodyStart: request.index.bodyStart + shift,
    bodyEnd: request.index.bodyEnd + shift,
  };
  const topmostVia = scanVia(raw, start, fields[fieldOf(index, Header.Via) + 3] as number);
  if (topmostVia instanceof HeaderFailure) throw new Error(`The source address made the Via malformed: ${text}`);
  return new SipRequest(
    raw,
    index,
    {
      callId: core.callId,
      cseq: core.cseq,
      topmostVia,
      from: core.from.shifted(raw, core.from.end > start ? shift : 0),
      to: core.to.shifted(raw, core.to.end > start ? shift : 0),
    },
    request.method,
    request.requestUri,
    request.uri,
    request.maxForwards,
  );
}
