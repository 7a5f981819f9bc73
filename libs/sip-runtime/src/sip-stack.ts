import {
  answerableRequest,
  buildResponse,
  type HeaderField,
  type ParseFailure,
  parseMessage,
  type ResponseOptions,
  type SipRequest,
  type SipResponse,
  withReceived,
} from '@ringdown/sip-message';
import type { ResolvedTarget } from '@ringdown/sip-proxy';
import {
  type CancelResult,
  type ClientTransaction,
  type InviteClientTransaction,
  type InviteServerTransaction,
  type OutgoingRequest,
  outgoingOf,
  type RespondResult,
  type ServerTransaction,
  TimerWheel,
  type Transaction,
  type TransactionCounts,
  type TransactionEffect,
  TransactionLayer,
} from '@ringdown/sip-transaction';
import {
  type Envelope,
  type EnvelopeContext,
  type Flow,
  isSipLinkFlow,
  type TransportErrorNotice,
  type TransportEvents,
  type TransportName,
} from '@ringdown/sip-transport';
import type { BranchSource } from './branch-source.js';
import { type Clock, monotonicClock } from './clock.js';
import { LinkRequests } from './link-requests.js';
import type { MessageTap } from './message-tap.js';
import { RedirectedResponses } from './redirected-responses.js';
import { rejectionOf } from './rejection.js';
import { responseFlow } from './response-flow.js';
import { SentBy } from './sent-by.js';
import type { SipStackOptions, StackPort } from './sip-stack-options.js';
import { type StackCounters, type StackObserver, zeroCounters } from './stack-observer.js';
import { type ToldEffect, tellUser } from './tell-user.js';
import type { Ingress, TransactionUser } from './transaction-user.js';
import { processAlarm, WheelDriver } from './wheel-driver.js';

interface Arrival {
  readonly raw: string;
  readonly flow: Flow;
  readonly envelope: Envelope | undefined;
}

/**
 * One SIP element: what comes from ports and links is parsed, matched to transactions and handed to the transaction user,
 * and what those want sent is sent, all synchronously and in order.
 */
export class SipStack {
  /** To be given to every port and link. */
  readonly events: TransportEvents;
  readonly counters: StackCounters = zeroCounters();
  readonly branches: BranchSource;
  readonly sentBy: SentBy;
  /** For the transaction user's own timers (timer C and the like). */
  readonly wheel: TimerWheel;
  readonly #clock: Clock;
  readonly #layer: TransactionLayer<Flow>;
  readonly #effects: TransactionEffect<Flow>[] = [];
  readonly #driver: WheelDriver;
  readonly #observer: StackObserver | undefined;
  readonly #tap: MessageTap | undefined;
  readonly #onBug: (error: unknown) => void;
  readonly #user: TransactionUser;
  readonly #ports = new Map<string, StackPort>();
  readonly #links = new LinkRequests();
  readonly #redirected = new RedirectedResponses();
  readonly #arrivals: Arrival[] = [];
  #ingress: Ingress | undefined;
  #draining = false;

  constructor(options: SipStackOptions) {
    this.#clock = options.clock ?? monotonicClock;
    this.branches = options.branches;
    this.sentBy = new SentBy(options.branches.owner.edge);
    this.wheel = new TimerWheel(this.#clock.now(), options.tickMs ?? 10);
    this.#layer = new TransactionLayer<Flow>({
      wheel: this.wheel,
      effects: this.#effects,
      ...(options.timers === undefined ? {} : { timers: options.timers }),
    });
    this.#driver = new WheelDriver(this.wheel, this.#clock, options.alarm ?? processAlarm(), () => this.advance());
    this.#observer = options.observer;
    this.#tap = options.tap;
    this.#onBug = options.onBug ?? rethrow;
    this.events = {
      message: (raw, flow, envelope) => this.#message(raw, flow, envelope),
      malformed: (head, flow, code) => this.#unframed(head, flow, code),
      flowClosed: (flow) => this.#flowLost(flow),
      sendFailed: (flow) => this.#flowLost(flow),
      peerSendFailed: (notice) => this.#peerSendFailed(notice),
    };
    this.#user = options.user(this);
  }

  /** The stack's clock, in milliseconds. */
  now(): number {
    return this.#clock.now();
  }

  /** How many transactions there are. */
  get size(): TransactionCounts {
    return this.#layer.size;
  }

  /** How many requests that came in wait for a final response, and on which flows anything waits for one. */
  get unanswered(): { readonly requests: number; readonly flows: ReadonlySet<Flow> } {
    const flows = new Set<Flow>();
    let requests = 0;
    for (const { kind, flow } of this.#layer.unanswered()) {
      flows.add(flow);
      if (kind === 'invite-server' || kind === 'non-invite-server') requests += 1;
    }
    return { requests, flows };
  }

  /**
   * Sends to targets of this transport and of the port's address family go through the port, and responses to its address
   * are this element's. The first of several such ports is the one to send through. `family`: that of the port, where peers know
   * it by a name.
   */
  addPort(transport: Exclude<TransportName, 'SIPLINK'>, port: StackPort, family?: 4 | 6): void {
    const key = `${transport}${family ?? familyOf(port.address.host)}`;
    if (!this.#ports.has(key)) this.#ports.set(key, port);
    this.sentBy.add(port.address);
  }

  /** The flow to a target; undefined where no port speaks its transport and address family. */
  flowTo(
    target: Pick<ResolvedTarget, 'transport' | 'host' | 'port'> & { readonly serverName?: string },
  ): Flow | undefined {
    const { transport, host, serverName } = target;
    return this.#ports.get(`${transport}${familyOf(host)}`)?.flowTo(target, serverName);
  }

  /**
   * Begins a client transaction with a request whose topmost Via is this element's (see `sentBy.via`). A text that isn't a
   * request is a bug and throws. If it can't be sent, `onTransportError` says so. The context travels beside everything
   * that this transaction sends over SipLink; on other flows it is not used.
   */
  sendRequest(
    request: SipRequest | string,
    flow: Flow,
    user?: unknown,
    context?: EnvelopeContext,
  ): ClientTransaction<Flow> {
    const parsed = typeof request === 'string' ? parseMessage(request) : request;
    if (parsed.kind !== 'request') throw new Error('what is sent as a request is not one');
    return this.sendWritten(outgoingOf(parsed), flow, user, context);
  }

  /** `sendRequest` for who has written the request and knows its method and branch: the text is not read again. */
  sendWritten(
    outgoing: OutgoingRequest,
    flow: Flow,
    user?: unknown,
    context?: EnvelopeContext,
  ): ClientTransaction<Flow> {
    const now = this.now();
    const transaction = this.#layer.startWritten(now, outgoing, flow, user);
    if (flow.transport === 'SIPLINK') this.#links.add(transaction, context ?? {}, now);
    this.#observer?.transactionStarted?.(transaction, now);
    this.#settle();
    return transaction;
  }

  /** Hands a response to its server transaction. */
  respond(transaction: ServerTransaction<Flow>, statusCode: number, raw: string): RespondResult {
    const result = this.#layer.respond(this.now(), transaction, statusCode, raw);
    if (statusCode >= 200 && result === 'sent') this.#observer?.answered?.(transaction, statusCode);
    this.#settle();
    return result;
  }

  /** Builds and sends a response; a To tag is made up where none is given (RFC 3261 §8.2.6.2). */
  reply(transaction: ServerTransaction<Flow>, statusCode: number, options: ResponseOptions = {}): RespondResult {
    const toTag = options.toTag ?? this.branches.nextTag();
    return this.respond(transaction, statusCode, buildResponse(transaction.request, statusCode, { ...options, toTag }));
  }

  /** Cancels an INVITE (RFC 3261 §9.1). */
  cancel(transaction: InviteClientTransaction<Flow>, headers?: readonly HeaderField[]): CancelResult {
    const result = this.#layer.cancel(this.now(), transaction, headers);
    this.#settle();
    return result;
  }

  /** Ends a client transaction that has no final response; later ones are stray. */
  abandon(transaction: ClientTransaction<Flow>): boolean {
    const abandoned = this.#layer.abandon(this.now(), transaction);
    this.#settle();
    return abandoned;
  }

  /** The INVITE that was received here with this key of RFC 3261 §17.2.3 (see `serverKey`), while its transaction lasts. */
  findInviteServer(key: string): InviteServerTransaction<Flow> | undefined {
    return this.#layer.findInviteServer(key);
  }

  /** Takes a retransmission of this INVITE that reached another element behind the same address: the latest response goes out again. */
  takeRetransmission(transaction: InviteServerTransaction<Flow>): void {
    transaction.receiveInvite();
    this.#settle();
  }

  /** Takes an ACK that reached another element behind the same address. False where it matches no INVITE of this one's. */
  takeAck(ack: SipRequest): boolean {
    const taken = this.#layer.takeAck(this.now(), ack);
    this.#settle();
    return taken;
  }

  /** Forgets an INVITE that another element behind the same address answers; false, and it stays, once something was answered here. */
  dismiss(transaction: InviteServerTransaction<Flow>): boolean {
    const dismissed = transaction.dismiss();
    this.#settle();
    return dismissed;
  }

  /** Sends an ACK to a 2xx, or a response without a transaction. False when it is certain that it won't leave. */
  sendStateless(raw: string, flow: Flow, context?: EnvelopeContext): boolean {
    const sent = this.#transmit(raw, flow, context);
    if (!sent) this.counters.sendFailures += 1;
    return sent;
  }

  /** Fires what is due. The alarm calls this; a test with a clock of its own calls it after moving the clock. */
  advance(): void {
    this.wheel.advance(this.now());
    this.#user.onAdvanced?.();
    this.#settle();
  }

  /** Forgets the alarm: nothing fires any more. Ports are their owner's to close. */
  close(): void {
    this.#driver.stop();
  }

  #message(raw: string, flow: Flow, envelope: Envelope | undefined): void {
    this.#tap?.received(raw, flow);
    // Nearly always nothing is under way, and nothing has to wait.
    if (this.#draining) {
      this.#arrivals.push({ raw, flow, envelope });
      return;
    }
    this.#draining = true;
    this.#receive(raw, flow, envelope);
    this.#draining = false;
    this.#settle();
  }

  #receive(raw: string, flow: Flow, envelope: Envelope | undefined): void {
    try {
      const message = parseMessage(raw);
      if (message.kind === 'request') this.#receiveRequest(message, flow, envelope);
      else if (message.kind === 'response') this.#receiveResponse(message, flow);
      else this.#reject(message, flow);
    } catch (error) {
      this.#bug(error);
    }
  }

  #receiveRequest(received: SipRequest, flow: Flow, envelope: Envelope | undefined): void {
    this.counters.requests += 1;
    const now = this.now();
    // RFC 3261 §18.2.1, RFC 3581 §4. Between pods the peer's Via needs neither: the response goes back on the stream.
    const request =
      flow.transport === 'SIPLINK' ? received : withReceived(received, flow.remote.host, flow.remote.port);
    this.#ingress = { flow, envelope, receivedAt: now };
    this.#layer.receive(now, request, responseFlow(request.topmostVia, flow));
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    this.counters.responses += 1;
    // RFC 3261 §18.1.2: a response whose topmost sent-by isn't this element's is discarded.
    if (!this.sentBy.isOwn(response.topmostVia)) {
      this.counters.misdirected += 1;
      return;
    }
    this.#layer.receive(this.now(), response, flow);
  }

  #reject(failure: ParseFailure, flow: Flow): void {
    this.counters.malformed.set(failure.code, (this.counters.malformed.get(failure.code) ?? 0) + 1);
    const answer = rejectionOf(failure, this.branches.nextTag());
    if (answer !== undefined && this.#transmit(answer, flow, undefined)) this.counters.rejected += 1;
  }

  #unframed(head: string, flow: Flow, code: string): void {
    this.#tap?.received(head, flow);
    this.counters.malformed.set(code, (this.counters.malformed.get(code) ?? 0) + 1);
    const request = answerableRequest(head);
    if (request === undefined) return;
    // RFC 3261 §18.3: a request on a stream whose length can't be told is answered with 400.
    const options = { reasonPhrase: `Bad Request (${code})`, toTag: this.branches.nextTag() };
    if (this.#transmit(buildResponse(request, 400, options), flow, undefined)) this.counters.rejected += 1;
  }

  #flowLost(flow: Flow): void {
    const now = this.now();
    this.#layer.flowClosed(now, flow);
    for (const transaction of this.#redirected.take(flow)) this.#layer.transportFailed(now, transaction);
    this.#settle();
  }

  #peerSendFailed(notice: TransportErrorNotice): void {
    const transaction = this.#links.find(notice.branch, notice.method);
    if (transaction === undefined) return;
    this.#layer.transportFailed(this.now(), transaction);
    this.#settle();
  }

  /**
   * Carries out effects, and the effects of those, until none is left; then takes the next arrival. A flow that delivers
   * within its own send thus never puts one message into the middle of another.
   */
  #settle(): void {
    if (this.#draining) return;
    this.#draining = true;
    const effects = this.#effects;
    for (;;) {
      for (let at = 0; at < effects.length; at++) this.#carryOut(effects[at] as TransactionEffect<Flow>);
      effects.length = 0;
      this.#ingress = undefined;
      const arrival = this.#arrivals.shift();
      if (arrival === undefined) break;
      this.#receive(arrival.raw, arrival.flow, arrival.envelope);
    }
    this.#draining = false;
    this.#driver.arm();
  }

  #bug(error: unknown): void {
    this.counters.bugs += 1;
    this.#onBug(error);
  }

  #carryOut(effect: TransactionEffect<Flow>): void {
    try {
      if (effect.type === 'send') this.#send(effect.raw, effect.flow, effect.transaction);
      else this.#tell(effect);
    } catch (error) {
      // Whoever waits for an answer gets one; the transaction ignores it if it was answered before.
      if (effect.type === 'request') this.reply(effect.transaction, 500);
      this.#bug(error);
    }
  }

  #send(raw: string, flow: Flow, transaction: Transaction<Flow>): void {
    const isClient = transaction.kind === 'invite-client' || transaction.kind === 'non-invite-client';
    const context = isClient && flow.transport === 'SIPLINK' ? this.#links.contextOf(transaction) : undefined;
    if (this.#transmit(raw, flow, context)) return;
    const otherFlow = isClient ? undefined : this.#redirected.send(raw, transaction);
    if (otherFlow !== undefined) {
      this.#tap?.sent(raw, otherFlow);
      return;
    }
    this.counters.sendFailures += 1;
    this.#layer.transportFailed(this.now(), transaction);
  }

  #transmit(raw: string, flow: Flow, context: EnvelopeContext | undefined): boolean {
    const sent =
      context === undefined || !isSipLinkFlow(flow) ? flow.send(raw) : flow.sendEnvelope(raw, context) === 'queued';
    if (sent) this.#tap?.sent(raw, flow);
    return sent;
  }

  #tell(effect: ToldEffect): void {
    switch (effect.type) {
      case 'request':
      case 'cancel':
        this.#observer?.transactionStarted?.(effect.transaction, this.now());
        break;
      case 'response':
        if (effect.transaction.flow.transport === 'SIPLINK') this.#linkAnswered(effect.transaction);
        break;
      case 'terminated':
        this.#links.remove(effect.transaction);
        this.#redirected.remove(effect.transaction);
        this.#ended(effect.transaction);
        break;
      default:
    }
    tellUser(this.#user, effect, this.#ingress);
  }

  #ended(transaction: Transaction<Flow>): void {
    // The client transaction of a CANCEL is part of its INVITE's, which began it.
    if (transaction.kind === 'non-invite-client' && transaction.method === 'CANCEL') return;
    this.#observer?.transactionEnded?.(transaction, this.now());
  }

  #linkAnswered(transaction: ClientTransaction<Flow>): void {
    if (this.#observer?.linkAnswered === undefined) return;
    const now = this.now();
    const sentAt = this.#links.firstAnswer(transaction);
    if (sentAt !== undefined) this.#observer.linkAnswered(transaction, now - sentAt);
  }
}

function familyOf(host: string): 4 | 6 {
  return host.includes(':') ? 6 : 4;
}

function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
