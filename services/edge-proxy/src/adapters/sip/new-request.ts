import type { SipRequest } from '@ringdown/sip-message';
import type { RoutedRequest } from '@ringdown/sip-proxy';
import type { Ingress } from '@ringdown/sip-runtime';
import type { ServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';

/** A request that passed RFC 3261 §16.3 and §16.4, with the transaction that is to be answered. */
export interface ReceivedRequest {
  readonly transaction: ServerTransaction<Flow>;
  readonly request: SipRequest;
  readonly routed: RoutedRequest;
  readonly ingress: Ingress;
}
