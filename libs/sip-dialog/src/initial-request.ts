import { Header, type HeaderField } from '@ringdown/sip-message';
import type { RequestContent, RequestDraft } from './dialog.js';
import { addressedTo } from './route-set.js';

/** The parts of a request outside a dialog (RFC 3261 §8.1.1). */
export interface InitialRequest extends RequestContent {
  readonly requestUri: string;
  /** The value of To, without a tag. */
  readonly to: string;
  /** The value of From, without a tag. */
  readonly from: string;
  readonly fromTag: string;
  readonly callId: string;
  readonly cseq: number;
  /** The pre-existing route set (RFC 3261 §8.1.2): addresses with brackets, such as an outbound proxy's. */
  readonly routeSet?: readonly string[];
}

/** A request outside a dialog. `from` and `to` without brackets get them, so that a tag is never taken for the URI's. */
export function draftInitial(method: string, initial: InitialRequest): RequestDraft {
  const { requestUri, routes, nextHop } = addressedTo(initial.requestUri, initial.routeSet ?? []);
  const headers: HeaderField[] = routes.map((route) => [Header.Route, route] as const);
  headers.push(
    [Header.MaxForwards, '70'],
    [Header.From, `${bracketed(initial.from)};tag=${initial.fromTag}`],
    [Header.To, bracketed(initial.to)],
    [Header.CallId, initial.callId],
    [Header.CSeq, `${initial.cseq} ${method}`],
    ...(initial.headers ?? []),
  );
  if (initial.contentType !== undefined) headers.push([Header.ContentType, initial.contentType]);
  return { method, requestUri, headers, body: initial.body ?? '', nextHop, cseq: initial.cseq };
}

function bracketed(address: string): string {
  return address.includes('<') ? address : `<${address}>`;
}
