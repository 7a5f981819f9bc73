import type { SipRequest, SipUri } from '@ringdown/sip-message';
import { isOutOfDialog } from './request-kind.js';
import { type KeyRing, type OpenResult, openToken } from './sealed-token.js';

/** The own address that one side of a call sees. */
export interface RecordRouteSide {
  readonly scheme: 'sip' | 'sips';
  /** As written in a URI: IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  /** As in Via, e.g. UDP. */
  readonly transport: string;
}

/**
 * The Record-Route values for a request (RFC 3261 §16.6 step 4), topmost first: one where both sides see the same
 * address, else two (RFC 5658 §5), the one for the callee's side above the one for the caller's. The sealed token
 * stands in the user part of the topmost; the two are never apart in a route set.
 */
export function recordRouteValues(token: string, caller: RecordRouteSide, callee: RecordRouteSide): readonly string[] {
  const topmost = sideUri(callee, token);
  const same =
    caller.scheme === callee.scheme &&
    caller.host === callee.host &&
    caller.port === callee.port &&
    caller.transport === callee.transport;
  return same ? [topmost] : [topmost, sideUri(caller, '', siblingParam)];
}

/** Marks the value without the token, so that an element which shares nothing with its writer but the keys knows that the two belong together. */
const siblingParam = 'sibling';

/** Whether this is the value that stands beside the one with the token. Nobody gains by writing one: it leads nowhere by itself. */
export function isSiblingRoute(uri: SipUri): boolean {
  return uri.user === undefined && uri.params.has(siblingParam) && uri.params.has('lr');
}

function sideUri(side: RecordRouteSide, user: string, mark = ''): string {
  const userPart = user === '' ? '' : `${user}@`;
  // RFC 7118 §5.1: in a URI "ws" stands for WebSocket over TLS too.
  const transport = side.transport === 'WSS' ? 'ws' : side.transport.toLowerCase();
  // RFC 3261 §19.1.1: transport=udp is what a port without a transport means (RFC 3263 §4.1); sips over TCP is TLS.
  const implied = transport === 'udp' || (side.scheme === 'sips' && transport === 'tls');
  return `<${side.scheme}:${userPart}${side.host}:${side.port}${implied ? '' : `;transport=${transport}`};lr${mark === '' ? '' : `;${mark}`}>`;
}

/** A token that came back, and who sends the request: the side that began the dialog, or the other. */
export type OpenedRoute =
  | { readonly kind: 'opened'; readonly fromOriginator: boolean; readonly token: OpenResult & { kind: 'token' } }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly code: (OpenResult & { kind: 'failure' })['code'] };

/**
 * The sealed token in the own routes that a request carried. `none` when there is no token, or no To tag: a token is
 * about a dialog, and outside one it is ignored. `refused` when it isn't ours, or is another dialog's.
 * @param popped own URIs taken off the request, from `preprocessRoutes`.
 */
export function openRouteToken(request: SipRequest, popped: readonly SipUri[], ring: KeyRing): OpenedRoute {
  if (isOutOfDialog(request)) return { kind: 'none' };
  const token = popped.find((uri) => uri.user !== undefined)?.user;
  if (token === undefined) return { kind: 'none' };
  // The token is bound to the originator's tag, which is the From tag one way and the To tag the other way.
  const forward = openToken(token, { callId: request.callId, originatorTag: request.fromTag ?? '' }, ring);
  if (forward.kind === 'token') return { kind: 'opened', fromOriginator: true, token: forward };
  if (forward.code !== 'not-authentic') return { kind: 'refused', code: forward.code };
  const backward = openToken(token, { callId: request.callId, originatorTag: request.toTag ?? '' }, ring);
  if (backward.kind === 'token') return { kind: 'opened', fromOriginator: false, token: backward };
  return { kind: 'refused', code: backward.code };
}
