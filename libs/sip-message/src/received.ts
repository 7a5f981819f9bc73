import { equalsIgnoringCase, LBRACKET, trimLwsEnd } from './chars.js';
import { Header } from './header.js';
import { canonicalHost } from './host.js';
import { FIELD_STRIDE, type HeaderIndex, SipRequest } from './message.js';
import { type ScannedParam, scanParam } from './params.js';

/**
 * The request with the source it came from written into its topmost Via (RFC 3261 §18.2.1, RFC 3581 §4): `received` when
 * the sent-by host is not the source address or an `rport` asks for it, and `rport` filled with the source port when asked
 * for. The same object when neither is needed. What the sender itself wrote into these parameters is replaced.
 *
 * `host` is an address as sockets give it, IPv6 without brackets. Nothing is scanned again but the Via's parameters: the
 * places of all that follows are shifted.
 */
export function withReceived(request: SipRequest, host: string, port: number): SipRequest {
  const { raw, index, core } = request;
  const via = core.topmostVia;
  const wantsPort = via.rport !== undefined;
  const sentBySource = sameAddress(via.host, host);
  if (sentBySource && !wantsPort && via.received === undefined) return request;
  const received = wantsPort || !sentBySource ? host : undefined;
  const rport = wantsPort ? port : undefined;
  let params = otherParams(raw, via.paramsStart, via.end);
  if (rport !== undefined) params += `;rport=${rport}`;
  if (received !== undefined) params += `;received=${received}`;

  const field = fieldOf(index, Header.Via);
  const start = index.fields[field + 2] as number;
  const sentByEnd = trimLwsEnd(raw, start, via.paramsStart);
  const paramsEnd = trimLwsEnd(raw, start, via.end);
  const shift = params.length - (paramsEnd - sentByEnd);
  const text = raw.slice(0, sentByEnd) + params + raw.slice(paramsEnd);
  const viaEnd = via.end + shift;
  const topmostVia = via.from(text, params === '' ? viaEnd : sentByEnd, viaEnd, received, rport);
  const from = core.from.shifted(text, core.from.end > start ? shift : 0);
  const to = core.to.shifted(text, core.to.end > start ? shift : 0);
  return new SipRequest(
    text,
    shiftedIndex(index, field, shift),
    { callId: core.callId, cseq: core.cseq, topmostVia, from, to },
    request.method,
    request.requestUri,
    request.uri,
    request.maxForwards,
  );
}

const scanned: ScannedParam = { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0 };

/** The Via parameters in raw[start, end) but for received and rport, without white space around their separators. */
function otherParams(raw: string, start: number, end: number): string {
  let kept = '';
  let at = start;
  while (at < end) {
    at = scanParam(raw, at, end, scanned);
    if (at < 0) throw new Error('A Via that was read has a malformed parameter');
    const { nameStart, nameEnd, valueStart, valueEnd } = scanned;
    const length = nameEnd - nameStart;
    if (length === 5 && equalsIgnoringCase(raw, nameStart, 'rport')) continue;
    if (length === 8 && equalsIgnoringCase(raw, nameStart, 'received')) continue;
    kept += `;${raw.slice(nameStart, nameEnd)}`;
    if (valueStart !== -1) kept += `=${raw.slice(valueStart, valueEnd)}`;
  }
  return kept;
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

/** The index of the same message when the value of the field `changed` has become `shift` characters longer. */
function shiftedIndex(index: HeaderIndex, changed: number, shift: number): HeaderIndex {
  const fields = index.fields.slice();
  fields[changed + 3] = (fields[changed + 3] as number) + shift;
  for (let at = changed + FIELD_STRIDE; at < fields.length; at += FIELD_STRIDE) {
    fields[at + 1] = (fields[at + 1] as number) + shift;
    fields[at + 2] = (fields[at + 2] as number) + shift;
    fields[at + 3] = (fields[at + 3] as number) + shift;
  }
  return {
    fields,
    present: index.present,
    headersEnd: index.headersEnd + shift,
    bodyStart: index.bodyStart + shift,
    bodyEnd: index.bodyEnd + shift,
  };
}
