import { OutgoingRequest, type RequestDraft, UserAgentCore, type UserAgentEffect } from '@ringdown/sip-dialog';
import { buildRequest, Header, parseUri, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import { BranchSource, type Ingress, processAlarm, SipStack, type TransactionUser } from '@ringdown/sip-runtime';
import {
  type ClientTransaction,
  type InviteServerTransaction,
  type ServerTransaction,
  type TimerSettings,
  type Transaction,
  timerValues,
} from '@ringdown/sip-transaction';
import type { Flow, HostPort } from '@ringdown/sip-transport';
import type { UserAgentCredentials } from './user-agent-credentials.js';

/** What the driver is made of. */
export interface UserAgentDriverOptions {
  /** Stands in branches: letters, digits, `-` and `_`. */
  readonly name: string;
  readonly transport: 'UDP' | 'TCP';
  readonly timers: TimerSettings;
  readonly outboundProxy: HostPort | undefined;
  readonly credentials: UserAgentCredentials | undefined;
  /** The value of this side's Contact. */
  readonly contact: () => string;
  /** Told of every effect that the driver doesn't carry out itself. */
  readonly told: (effect: UserAgentEffect<Flow>) => void;
  /** Called after everything that may have changed something. */
  readonly settled: () => void;
}

/** A user agent core over a stack of its own: effects become transactions, transactions' outcomes go to the core. */
export class UserAgentDriver implements TransactionUser {
  readonly core: UserAgentCore<Flow>;
  readonly stack: SipStack;
  readonly #options: UserAgentDriverOptions;
  readonly #effects: UserAgentEffect<Flow>[] = [];
  readonly #clients = new Map<OutgoingRequest, ClientTransaction<Flow>>();
  /** The ACK for a 2xx is the same each time it goes out (RFC 3261 §13.2.2.4). */
  readonly #acknowledgements = new WeakMap<RequestDraft, string>();
  #draining = false;

  constructor(options: UserAgentDriverOptions) {
    this.#options = options;
    const alarm = processAlarm();
    const stack = new SipStack({
      user: () => this,
      branches: new BranchSource({ edge: 'test', incarnation: options.name }),
      timers: options.timers,
      alarm: {
        set: (delayMs, ring) =>
          alarm.set(delayMs, () => {
            ring();
            // The core's timers are on the stack's wheel and leave their effects here.
            this.#settle();
          }),
        clear: () => alarm.clear(),
      },
    });
    this.stack = stack;
    this.core = new UserAgentCore<Flow>({
      wheel: stack.wheel,
      effects: this.#effects,
      timers: timerValues(options.timers),
      random: Math.random,
      nextTag: () => stack.branches.nextTag(),
      contactFor: () => options.contact(),
    });
  }

  /** Does something with the core, and carries out what comes of it. */
  act<T>(action: (now: number) => T): T {
    const result = action(this.stack.now());
    this.#settle();
    return result;
  }

  /** Sends a request of any owner. */
  send(request: OutgoingRequest): void {
    this.act(() => this.#effects.push({ type: 'request', request }));
  }

  onRequest(transaction: ServerTransaction<Flow>, _request: SipRequest, _ingress: Ingress): void {
    this.act((now) => this.core.receiveRequest(now, transaction));
  }

  onCancel(
    transaction: ServerTransaction<Flow>,
    _request: SipRequest,
    cancelled: InviteServerTransaction<Flow> | undefined,
  ): void {
    this.act((now) => this.core.receiveCancel(now, transaction, cancelled));
  }

  onAck(request: SipRequest): void {
    this.act((now) => this.core.receiveAck(now, request));
  }

  onResponse(transaction: ClientTransaction<Flow>, response: SipResponse): void {
    const request = transaction.user;
    // The transaction of a CANCEL has no user.
    if (!(request instanceof OutgoingRequest)) return;
    const headers = this.#options.credentials?.answer(request, response);
    this.act((now) => {
      if (headers === undefined) request.owner.receiveResponse(now, request, response);
      else request.owner.retry(now, request, headers);
    });
  }

  onStrayResponse(): void {}

  onTimeout(transaction: ClientTransaction<Flow>): void {
    this.#failed(transaction, 408);
  }

  onTransportError(transaction: Transaction<Flow>): void {
    this.#failed(transaction, 503);
  }

  onTerminated(transaction: Transaction<Flow>): void {
    if (transaction.kind === 'invite-server' || transaction.kind === 'non-invite-server') {
      this.core.transactionTerminated(transaction);
    } else if (transaction.user instanceof OutgoingRequest) {
      this.#clients.delete(transaction.user);
    }
  }

  #failed(transaction: Transaction<Flow>, statusCode: 408 | 503): void {
    const request = transaction.user;
    if (request instanceof OutgoingRequest) this.act((now) => request.owner.requestFailed(now, request, statusCode));
  }

  #settle(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
      this.#carryOut(effect);
    }
    this.#draining = false;
    // The core may have scheduled timers on the stack's wheel: the stack sets its alarm for them.
    this.stack.advance();
    this.#options.settled();
  }

  #carryOut(effect: UserAgentEffect<Flow>): void {
    switch (effect.type) {
      case 'request':
        this.#send(effect.request);
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
        this.stack.respond(effect.transaction, effect.statusCode, effect.raw);
        return;
      default:
        this.#options.told(effect);
    }
  }

  #send(request: OutgoingRequest): void {
    const flow = this.#flowFor(request.draft.nextHop);
    if (flow === undefined) {
      request.owner.requestFailed(this.stack.now(), request, 503);
      return;
    }
    const transaction = this.stack.sendRequest(this.#written(request.draft, flow), flow, request);
    // A flow that refuses at once has ended it already.
    if (transaction.state !== 'terminated') this.#clients.set(request, transaction);
  }

  #acknowledge(draft: RequestDraft): void {
    const flow = this.#flowFor(draft.nextHop);
    if (flow === undefined) return;
    const raw = this.#acknowledgements.get(draft) ?? this.#written(draft, flow);
    this.#acknowledgements.set(draft, raw);
    this.stack.sendStateless(raw, flow);
  }

  #written(draft: RequestDraft, flow: Flow): string {
    const via = this.stack.sentBy.via(flow, this.stack.branches.next());
    return buildRequest({ ...draft, headers: [[Header.Via, via], ...draft.headers] });
  }

  /** Numeric hosts are sent to; a name means the outbound proxy, since a test's names stand in no DNS. */
  #flowFor(nextHop: string): Flow | undefined {
    const { transport, outboundProxy } = this.#options;
    const uri = parseUri(nextHop);
    if (uri.kind === 'failure') return undefined;
    const numeric = uri.kind === 'sip' && /^[\d.]+$|^\[/.test(uri.host);
    if (numeric) {
      const host = uri.host.replaceAll(/^\[|\]$/g, '');
      return this.stack.flowTo({ transport, host, port: uri.port ?? 5060 });
    }
    return outboundProxy === undefined ? undefined : this.stack.flowTo({ transport, ...outboundProxy });
  }
}
