import { directory } from '@ringdown/contracts';
import type { Logger, Tracing } from '@ringdown/platform';
import type { SipRequest, SipResponse, SipUri } from '@ringdown/sip-message';
import {
  preprocessRoutes,
  type Rejection,
  ROUTED_SCHEMES,
  type RoutedRequest,
  type RouteFailure,
  type ValidationRules,
  validateRequest,
} from '@ringdown/sip-proxy';
import type { Ingress, SipStack, TransactionUser } from '@ringdown/sip-runtime';
import type {
  ClientTransaction,
  InviteServerTransaction,
  ServerTransaction,
  Transaction,
} from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { EdgeTarget } from '../../domain/hop.js';
import type { OwnAddresses } from '../../domain/own-addresses.js';
import { withoutPlatformRoutes } from '../../domain/platform-route.js';
import { type Origin, stranger } from '../../domain/request-in-hand.js';
import { targetByFlow } from '../../domain/targets.js';
import { edgeCapabilities } from './capabilities.js';
import type { InDialogRouting } from './in-dialog-routing.js';
import type { MisplacedMessages } from './misplaced-messages.js';
import type { ReceivedRequest } from './new-request.js';
import type { NewRequestRouting } from './new-request-routing.js';
import type { Outbound } from './outbound.js';
import type { Proxy } from './proxy.js';
import { requestSpan } from './request-span.js';
import type { CallOfRequest, SealedCalls } from './sealed-calls.js';

export interface EdgeUserOptions {
  readonly stack: SipStack;
  readonly proxy: Proxy;
  readonly outbound: Outbound;
  readonly own: OwnAddresses;
  readonly calls: SealedCalls;
  readonly newRequests: NewRequestRouting;
  readonly inDialog: InDialogRouting;
  readonly misplaced: MisplacedMessages;
  readonly logger: Logger;
  readonly tracing: Tracing;
}

const noExtensions: ReadonlySet<string> = new Set();

/** The edge as the user of its transactions: sorts what comes in, and hands each request to the routing that is in charge of it. */
export class EdgeUser implements TransactionUser {
  readonly #options: EdgeUserOptions;
  readonly #rules: ValidationRules;

  constructor(options: EdgeUserOptions) {
    this.#options = options;
    this.#rules = {
      schemes: ROUTED_SCHEMES,
      proxyExtensions: noExtensions,
      isOwnVia: (via) => via.branch !== undefined && options.stack.branches.isOfEdge(via.branch),
    };
  }

  /** What other edges have to do with. */
  get misplaced(): MisplacedMessages {
    return this.#options.misplaced;
  }

  onRequest(transaction: ServerTransaction<Flow>, request: SipRequest, ingress: Ingress): void {
    const rejection = validateRequest(request, this.#rules);
    if (rejection !== undefined) {
      this.#reject(transaction, request, rejection);
      return;
    }
    this.#options.outbound.received(ingress.flow, request.topmostVia);
    const routed = this.#preprocessed(request, ingress);
    if (routed.kind === 'failure') {
      this.#options.stack.reply(transaction, routed.statusCode, { reasonPhrase: `Bad Request (${routed.reason})` });
      return;
    }
    const span = requestSpan(this.#options.tracing, request, ingress);
    const received: ReceivedRequest = { transaction, request, routed, ingress, span };
    const lastHop = lastHopOf(ingress);
    if (lastHop !== undefined) {
      this.#forwardOnFlow(received, lastHop);
      return;
    }
    this.misplaced.route(
      transaction,
      request,
      ingress,
      () => this.#route(received),
      () => span.end(),
    );
  }

  onCancel(
    transaction: ServerTransaction<Flow>,
    request: SipRequest,
    cancelled: InviteServerTransaction<Flow> | undefined,
    ingress: Ingress,
  ): void {
    this.misplaced.cancel(transaction, request, cancelled, ingress);
  }

  onAck(request: SipRequest, ingress: Ingress): void {
    // An ACK that may not be forwarded is dropped: nothing answers an ACK (RFC 3261 §17).
    if (validateRequest(request, this.#rules) !== undefined) return;
    const routed = this.#preprocessed(request, ingress);
    if (routed.kind === 'failure') return;
    const lastHop = lastHopOf(ingress);
    if (lastHop !== undefined) {
      const token = this.#options.outbound.ownFlow(lastHop);
      if (token === undefined) return;
      this.#options.proxy.forwardStateless(
        { request, routed, ingress, origin: platformOrigin, call: undefined, lastHop: true },
        this.#flowTarget(routed, token),
      );
      return;
    }
    const call = this.#knownCall(request, routed);
    // Without a sealed route nobody says where it may go; it may be for the failure of an INVITE that another edge has.
    if (call === undefined) this.misplaced.ack(request, ingress);
    else this.#options.inDialog.forwardAck({ request, routed, ingress }, call.call, call.fromOriginator);
  }

  onResponse(transaction: ClientTransaction<Flow>, response: SipResponse): void {
    // A CANCEL's own transaction belongs to nobody; its answer says nothing (RFC 3261 §9.1).
    if (transaction.user !== undefined) this.#options.proxy.responded(transaction, response);
  }

  /**
   * RFC 6026 §8.9, which replaces RFC 3261 §16.7 step 1's last words: a response that matches no transaction is not forwarded. Within the platform it
   * goes to the edge that has the transaction.
   */
  onStrayResponse(response: SipResponse, flow: Flow): void {
    this.misplaced.response(response, flow);
  }

  onTimeout(transaction: ClientTransaction<Flow>): void {
    this.#options.proxy.failed(transaction, 'timeout');
  }

  onTransportError(transaction: Transaction<Flow>): void {
    if (transaction.kind === 'invite-client' || transaction.kind === 'non-invite-client') {
      this.#options.proxy.failed(transaction, 'transport');
      return;
    }
    this.#options.logger.debug('a response could not be delivered', {
      method: transaction.method,
      transaction: transaction.key,
    });
  }

  onTerminated(): void {}

  #route(received: ReceivedRequest): void {
    const { newRequests, inDialog, stack } = this.#options;
    const { transaction, request, routed, span } = received;
    const call = this.#knownCall(request, routed);
    if (call !== undefined) inDialog.route(received, call.call, call.fromOriginator);
    else if (this.#isForThisEdge(request, routed.requestSipUri)) {
      stack.reply(transaction, 200, { headers: edgeCapabilities });
      span.end();
    } else newRequests.route(received);
  }

  /** RFC 3261 §16.4. */
  #preprocessed(request: SipRequest, { flow }: Ingress): RoutedRequest | RouteFailure {
    const { own, calls } = this.#options;
    const routed = preprocessRoutes(request, own, { transport: flow.transport, port: flow.local.port });
    return routed.kind === 'failure' ? routed : withoutPlatformRoutes(request, routed, calls);
  }

  #reject(transaction: ServerTransaction<Flow>, request: SipRequest, rejection: Rejection): void {
    const { stack } = this.#options;
    // RFC 3261 §16.3 step 3: an OPTIONS that is for this element may end here; one for somebody else can go no further.
    const { uri } = request;
    if (rejection.code === 'options-for-this-hop' && uri.kind === 'sip' && this.#isForThisEdge(request, uri))
      stack.reply(transaction, 200, { headers: edgeCapabilities });
    else
      stack.reply(transaction, rejection.statusCode, {
        reasonPhrase: rejection.reasonPhrase,
        headers: rejection.headers,
      });
    this.#options.logger.debug(`refused a ${request.method}`, { callId: request.callId, code: rejection.code });
  }

  /** An OPTIONS for the edge itself: its own address and no user (RFC 3261 §11). */
  #isForThisEdge(request: SipRequest, uri: SipUri | undefined): boolean {
    return request.method === 'OPTIONS' && uri !== undefined && uri.user === undefined && this.#options.own.isOwn(uri);
  }

  #knownCall(request: SipRequest, routed: RoutedRequest): CallOfRequest | undefined {
    return routed.popped.length === 0 ? undefined : this.#options.calls.open(request, routed.popped);
  }

  /** Another edge has routed this request; it only needs the flow that this edge owns (D2: a full hop with its own transaction). */
  #forwardOnFlow(received: ReceivedRequest, told: string): void {
    const { stack, proxy, outbound } = this.#options;
    const token = outbound.ownFlow(told);
    if (token === undefined) {
      // RFC 5626 §5.3: the word inside of the platform for a flow that is gone.
      stack.reply(received.transaction, 430);
      received.span.set('sip.status_code', 430);
      received.span.end();
      return;
    }
    const input = { ...received, origin: platformOrigin, call: undefined, service: undefined, lastHop: true };
    proxy.forward(input, [this.#flowTarget(received.routed, token)]);
  }

  #flowTarget(routed: RoutedRequest, flowToken: string): EdgeTarget {
    const { edge, incarnation } = this.#options.stack.branches.owner;
    const hop = { kind: 'flow', flowToken, edgeId: edge, incarnation } as const;
    return { ...targetByFlow(routed.requestUri, hop), trustClass: directory.TrustClass.PEER };
  }
}

/** The edge that sent it has stripped what was to be stripped. */
const platformOrigin: Origin = stranger(directory.TrustClass.PEER);

/** The flow that another edge asks this one to send on; only what came over SipLink may ask. */
function lastHopOf(ingress: Ingress): string | undefined {
  if (ingress.flow.transport !== 'SIPLINK') return undefined;
  const token = ingress.envelope?.targetFlowToken;
  return token === undefined || token === '' ? undefined : token;
}
