import {
  OutgoingRequest,
  type RequestDraft,
  UserAgentCore,
  type UserAgentCoreOptions,
  type UserAgentEffect,
} from '@ringdown/sip-dialog';
import { buildRequest, Header, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import type { Ingress, SipStack, TransactionUser } from '@ringdown/sip-runtime';
import {
  type ClientTransaction,
  type InviteServerTransaction,
  type ServerTransaction,
  type Transaction,
  timerValues,
} from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { SipRefusal } from './refusals.js';
import { type EdgeStreams, RequestPaths } from './request-paths.js';
import type { RequestWatch } from './request-watch.js';

/** What the driver leaves to the focus. */
export interface UserAgentDriverOptions
  extends Pick<UserAgentCoreOptions<Flow>, 'random' | 'contactFor' | 'longestSubscriptionSec'> {
  readonly edges: EdgeStreams;
  readonly watch?: RequestWatch;
  /** Why a request isn't served at all; asked before the core sees it. */
  readonly refuses: (request: SipRequest) => SipRefusal | undefined;
  /** Told of every effect that the driver doesn't carry out itself, in order. */
  readonly told: (effect: UserAgentEffect<Flow>) => void;
}

/** A user agent core behind SipLink: its effects become transactions with the edges, and what comes of those goes to the core. */
export class UserAgentDriver implements TransactionUser {
  readonly core: UserAgentCore<Flow>;
  readonly paths: RequestPaths;
  readonly stack: SipStack;
  readonly #options: UserAgentDriverOptions;
  readonly #effects: UserAgentEffect<Flow>[] = [];
  readonly #clients = new Map<OutgoingRequest, ClientTransaction<Flow>>();
  /** Requests that went out a second time, since their first edge was gone. */
  readonly #moved = new WeakSet<OutgoingRequest>();
  /** The ACK for a 2xx is the same each time it goes out (RFC 3261 §13.2.2.4). */
  readonly #acknowledgements = new WeakMap<RequestDraft, string>();
  readonly #ingress = new WeakMap<ServerTransaction<Flow>, Ingress>();
  #draining = false;

  constructor(stack: SipStack, options: UserAgentDriverOptions) {
    this.stack = stack;
    this.#options = options;
    this.paths = new RequestPaths(options.edges);
    this.core = new UserAgentCore<Flow>({
      ...options,
      wheel: stack.wheel,
      effects: this.#effects,
      timers: timerValues(),
      nextTag: () => stack.branches.nextTag(),
    });
  }

  /** Does something with the core, and carries out what comes of it. */
  act<T>(action: (now: number) => T): T {
    const result = action(this.stack.now());
    if (this.#draining) return result;
    this.#settle();
    // The core's timers are on the stack's wheel: the stack sets its alarm for them.
    this.stack.advance();
    return result;
  }

  /** Answers a request that the core doesn't answer. */
  reply(transaction: ServerTransaction<Flow>, { statusCode, options }: SipRefusal): void {
    this.#options.watch?.answered(transaction, statusCode);
    this.stack.reply(transaction, statusCode, options);
  }

  /** How a request under way came in. */
  ingressOf(transaction: ServerTransaction<Flow>): Ingress | undefined {
    return this.#ingress.get(transaction);
  }

  onRequest(transaction: ServerTransaction<Flow>, request: SipRequest, ingress: Ingress): void {
    this.#ingress.set(transaction, ingress);
    this.#options.watch?.received(transaction, request, ingress);
    this.paths.cameBy(request.callId, ingress.flow);
    const why = this.#options.refuses(request);
    if (why !== undefined) this.reply(transaction, why);
    else this.act((now) => this.core.receiveRequest(now, transaction));
  }

  onCancel(
    transaction: ServerTransaction<Flow>,
    _request: SipRequest,
    cancelled: InviteServerTransaction<Flow> | undefined,
  ): void {
    this.act((now) => this.core.receiveCancel(now, transaction, cancelled));
  }

  onAck(request: SipRequest, ingress: Ingress): void {
    this.paths.cameBy(request.callId, ingress.flow);
    this.act((now) => this.core.receiveAck(now, request));
  }

  onResponse(transaction: ClientTransaction<Flow>, response: SipResponse): void {
    const request = transaction.user;
    // The transaction of a CANCEL has no user.
    if (!(request instanceof OutgoingRequest)) return;
    this.#options.watch?.wasAnswered(request, response.statusCode);
    this.act((now) => request.owner.receiveResponse(now, request, response));
  }

  onStrayResponse(): void {}

  onTimeout(transaction: ClientTransaction<Flow>): void {
    const request = transaction.user;
    if (!(request instanceof OutgoingRequest)) return;
    this.#options.watch?.wasAnswered(request, 408);
    this.act((now) => request.owner.requestFailed(now, request, 408));
  }

  onTransportError(transaction: Transaction<Flow>): void {
    if (transaction.kind !== 'invite-client' && transaction.kind !== 'non-invite-client') return;
    const request = transaction.user;
    if (!(request instanceof OutgoingRequest)) return;
    this.#options.watch?.wasAnswered(request, 503);
    this.act((now) => {
      if (!this.#goesElsewhere(request, transaction.flow)) request.owner.requestFailed(now, request, 503);
    });
  }

  onTerminated(transaction: Transaction<Flow>): void {
    if (transaction.kind === 'invite-server' || transaction.kind === 'non-invite-server') {
      this.core.transactionTerminated(transaction);
    } else if (transaction.user instanceof OutgoingRequest && this.#clients.get(transaction.user) === transaction) {
      this.#clients.delete(transaction.user);
    }
  }

  onAdvanced(): void {
    this.#settle();
  }

  #settle(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
        this.#carryOut(effect);
      }
    } finally {
      this.#draining = false;
    }
  }

  #carryOut(effect: UserAgentEffect<Flow>): void {
    switch (effect.type) {
      case 'request':
        this.#send(effect.request, undefined);
        return;
      case 'acknowledge':
        this.#acknowledge(effect.draft);
        return;
      case 'cancel':
      case 'abandon': {
        const transaction = this.#clients.get(effect.request);
        if (transaction?.kind !== 'invite-client') return;
        if (effect.type === 'cancel') this.stack.cancel(transaction, effect.headers);
        else this.stack.abandon(transaction);
        return;
      }
      case 'respond':
        this.#options.watch?.answered(effect.transaction, effect.statusCode);
        this.stack.respond(effect.transaction, effect.statusCode, effect.raw);
        return;
      default:
        this.#options.told(effect);
    }
  }

  /** A request whose edge was lost before it answered goes by another one, once: a phone that had it already answers the same again. */
  #goesElsewhere(request: OutgoingRequest, failed: Flow): boolean {
    if (!failed.closed || this.#moved.has(request)) return false;
    this.#moved.add(request);
    return this.#send(request, failed);
  }

  #send(request: OutgoingRequest, except: Flow | undefined): boolean {
    const callId = callIdOf(request.draft);
    const flow = this.paths.flowFor(callId, except);
    if (flow === undefined) {
      if (except === undefined) request.owner.requestFailed(this.stack.now(), request, 503);
      return false;
    }
    const raw = this.#written(request.draft, flow);
    const context = { ...this.paths.contextFor(callId), traceparent: this.#options.watch?.sends(request, callId) };
    const transaction = this.stack.sendRequest(raw, flow, request, context);
    // A flow that refuses at once has ended it already.
    if (transaction.state !== 'terminated') this.#clients.set(request, transaction);
    return true;
  }

  #acknowledge(draft: RequestDraft): void {
    const callId = callIdOf(draft);
    const flow = this.paths.flowFor(callId);
    if (flow === undefined) return;
    const raw = this.#acknowledgements.get(draft) ?? this.#written(draft, flow);
    this.#acknowledgements.set(draft, raw);
    this.stack.sendStateless(raw, flow, this.paths.contextFor(callId) ?? {});
  }

  #written(draft: RequestDraft, flow: Flow): string {
    const via = this.stack.sentBy.via(flow, this.stack.branches.next());
    return buildRequest({ ...draft, headers: [[Header.Via, via], ...draft.headers] });
  }
}

function callIdOf({ headers }: RequestDraft): string {
  for (const [name, value] of headers) if (name === Header.CallId) return value;
  return '';
}
