import type { Span } from '@ringdown/platform';
import type { SipRequest } from '@ringdown/sip-message';
import type { RoutedRequest } from '@ringdown/sip-proxy';
import type { Ingress } from '@ringdown/sip-runtime';
import type { ServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { Explain } from '../../domain/explanation.js';

/** A request that passed RFC 3261 §16.3 and §16.4, with the transaction that is to be answered. */
export interface ReceivedRequest {
  readonly transaction: ServerTransaction<Flow>;
  readonly request: SipRequest;
  readonly routed: RoutedRequest;
  readonly ingress: Ingress;
  /** From its arrival to its final answer. Who takes the request on, or answers it, ends it. */
  readonly span: Span;
  /** Told of each decision; absent for every request that somebody has sent. */
  readonly explain?: Explain;
}
