import { type HeaderField, ownString, parseMessage, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import { buildCancellation } from './cancellation.js';
import { FlowIndex } from './flow-index.js';
import { InviteClientTransaction } from './invite-client-transaction.js';
import { InviteServerTransaction } from './invite-server-transaction.js';
import { NonInviteClientTransaction } from './non-invite-client-transaction.js';
import { NonInviteServerTransaction } from './non-invite-server-transaction.js';
import { type TimerSettings, type TimerValues, timerValues } from './timer-values.js';
import type { TimerWheel } from './timer-wheel.js';
import {
  type ClientTransaction,
  type OutgoingRequest,
  outgoingOf,
  type RespondResult,
  type ServerTransaction,
  type Transaction,
  type TransactionContext,
  type TransactionEffect,
  type TransactionFlow,
} from './transaction.js';
import { hasMagicCookie, serverKey, serverKeyWithoutToTag } from './transaction-key.js';

/** How many transactions of each kind are in the tables; a CANCEL's own transactions count as non-INVITE. */
export interface TransactionCounts {
  readonly inviteClient: number;
  readonly inviteServer: number;
  readonly nonInviteClient: number;
  readonly nonInviteServer: number;
}

/** What became of a request to cancel: `ignored-final` if the INVITE has its final response or has ended, `ignored-repeated` if a CANCEL is under way. */
export type CancelResult = 'sent' | 'awaiting-provisional' | 'ignored-final' | 'ignored-repeated';

/**
 * Matches messages to transactions (RFC 3261 §17.1.3 and §17.2.3), creates server transactions, and holds all of them
 * until they terminate. It does no I/O: what is to be done is pushed onto `effects`, which the caller drains, and time
 * comes in as `now` (milliseconds) and from the wheel, which the caller advances.
 */
export class TransactionLayer<F extends TransactionFlow> {
  private readonly wheel: TimerWheel;
  private readonly effects: TransactionEffect<F>[];
  private readonly context: TransactionContext<F>;
  private readonly flows = new FlowIndex<F>();
  // Keys stay for up to 64*T1, long after the messages: each is a string of its own, so that it keeps no part of a message alive.
  private readonly inviteClients = new Map<string, InviteClientTransaction<F>>();
  private readonly nonInviteClients = new Map<string, NonInviteClientTransaction<F>>();
  // RFC 3261 §9.1: a CANCEL shares its branch with what it cancels, so that it has a table of its own.
  private readonly cancelClients = new Map<string, NonInviteClientTransaction<F>>();
  private readonly inviteServers = new Map<string, InviteServerTransaction<F>>();
  private readonly nonInviteServers = new Map<string, NonInviteServerTransaction<F>>();

  constructor(options: { wheel: TimerWheel; effects: TransactionEffect<F>[]; timers?: TimerSettings }) {
    const timers: TimerValues = timerValues(options.timers);
    this.wheel = options.wheel;
    this.effects = options.effects;
    this.context = {
      wheel: this.wheel,
      effects: this.effects,
      timers,
      forget: (transaction) => this.forget(transaction),
    };
  }

  get size(): TransactionCounts {
    return {
      inviteClient: this.inviteClients.size,
      inviteServer: this.inviteServers.size,
      nonInviteClient: this.nonInviteClients.size + this.cancelClients.size,
      nonInviteServer: this.nonInviteServers.size,
    };
  }

  /** Reliable flows on which client transactions are. */
  get busyFlows(): number {
    return this.flows.size;
  }

  /**
   * Transactions of either side without a final response; those that only absorb repetitions (timers D, I, J, K, L and M) are left out. Walks the
   * tables: for whoever waits for an element to fall silent, not for the path of a message.
   */
  *unanswered(): Iterable<Transaction<F>> {
    const tables: Iterable<Transaction<F>>[] = [
      this.inviteClients.values(),
      this.nonInviteClients.values(),
      this.cancelClients.values(),
      this.inviteServers.values(),
      this.nonInviteServers.values(),
    ];
    for (const table of tables) {
      for (const each of table) {
        if (each.state === 'calling' || each.state === 'trying' || each.state === 'proceeding') yield each;
      }
    }
  }

  /** A message from the network. Whether a response is addressed to this element (its Via's sent-by) is checked before. */
  receive(now: number, message: SipRequest | SipResponse, flow: F): void {
    if (message.kind === 'response') this.receiveResponse(now, message, flow);
    else if (message.method === 'INVITE') this.receiveInvite(now, message, flow);
    else if (message.method === 'ACK') this.receiveAck(now, message, flow);
    else this.receiveNonInvite(now, message, flow);
  }

  /**
   * Begins a client transaction and sends its request for the first time. The request carries our topmost Via with a
   * fresh branch that begins with the magic cookie. An ACK has no transaction; that, and a branch in use, is a bug: it throws.
   */
  startClient(now: number, request: SipRequest, flow: F, user?: unknown): ClientTransaction<F> {
    return this.startWritten(now, outgoingOf(request), flow, user);
  }

  /** `startClient` for a request that this element has just written: it knows what there is to know, and nothing is read again. */
  startWritten(now: number, outgoing: OutgoingRequest, flow: F, user?: unknown): ClientTransaction<F> {
    const { method, branch } = outgoing;
    if (method === 'ACK') throw new Error('an ACK begins no transaction (RFC 3261 §17): send it as it is');
    if (!hasMagicCookie(branch))
      throw new Error(`the branch of a ${method} must begin with z9hG4bK (RFC 3261 §8.1.1.7)`);
    const table = method === 'INVITE' ? this.inviteClients : this.nonInviteTable(method);
    if (table.has(branch)) throw new Error(`the branch ${branch} already has a ${method} client transaction`);
    const key = ownString(branch);
    const transaction =
      method === 'INVITE'
        ? new InviteClientTransaction<F>(this.context, key, flow, outgoing, user)
        : new NonInviteClientTransaction<F>(this.context, key, flow, outgoing, user);
    if (transaction.kind === 'invite-client') this.inviteClients.set(key, transaction);
    else this.nonInviteTable(method).set(key, transaction);
    this.flows.add(transaction);
    transaction.start(now);
    return transaction;
  }

  /** Sends the TU's response, if the transaction's state permits it. A response that it doesn't permit changes nothing. */
  respond(now: number, transaction: ServerTransaction<F>, statusCode: number, raw: string): RespondResult {
    return transaction.respond(now, statusCode, raw);
  }

  /**
   * Cancels an INVITE (RFC 3261 §9.1): at once if a provisional response has come, else as soon as one does. The CANCEL is
   * a client transaction of its own on the same flow, without a `user`; `headers` are added to it.
   */
  cancel(now: number, transaction: InviteClientTransaction<F>, headers: readonly HeaderField[] = []): CancelResult {
    if (transaction.cancellation !== 'none') return 'ignored-repeated';
    if (transaction.state !== 'calling' && transaction.state !== 'proceeding') return 'ignored-final';
    transaction.cancelHeaders = headers;
    // RFC 3261 §9.1: without a provisional response the CANCEL MUST NOT be sent; the client MUST wait for one.
    transaction.cancellation = 'awaiting-provisional';
    if (transaction.state === 'calling') return 'awaiting-provisional';
    this.sendCancel(now, transaction);
    return 'sent';
  }

  /**
   * Ends a client transaction that has no final response: what RFC 3261 §9.1 has done 64*T1 after a CANCEL that brought none,
   * and §16.8 when timer C has fired. Responses that come later are stray. False if it has its final response or has ended.
   */
  abandon(_now: number, transaction: ClientTransaction<F>): boolean {
    return transaction.abandon();
  }

  /** The transport could not send what this transaction gave it last (RFC 3261 §17.1.4, RFC 6026 §8.8). */
  transportFailed(_now: number, transaction: Transaction<F>): void {
    transaction.transportFailed();
  }

  /**
   * A flow ended: every client transaction on it without a final response fails with `transportError`. Server
   * transactions stay, since a response may still find another way (RFC 3261 §18.2.2).
   */
  flowClosed(_now: number, flow: F): void {
    if (flow.reliable) {
      for (const transaction of this.flows.on(flow)) transaction.flowClosed();
      return;
    }
    for (const table of [this.inviteClients, this.nonInviteClients, this.cancelClients]) {
      for (const transaction of table.values()) if (transaction.flow === flow) transaction.flowClosed();
    }
  }

  /** The server INVITE transaction with this key (see `serverKey`), while it is not terminated. */
  findInviteServer(key: string): InviteServerTransaction<F> | undefined {
    return this.inviteServers.get(key);
  }

  /** An ACK that reached another element behind the same address. False, and nothing happens, where it matches no INVITE here. */
  takeAck(now: number, ack: SipRequest): boolean {
    const transaction = this.inviteServerOfAck(ack);
    transaction?.receiveAck(now);
    return transaction !== undefined;
  }

  private receiveResponse(now: number, response: SipResponse, flow: F): void {
    // RFC 3261 §17.1.3: the branch of the topmost Via and the method in CSeq.
    const branch = response.topmostVia.branch ?? '';
    const { method } = response.cseq;
    if (method === 'INVITE') {
      const invite = this.inviteClients.get(branch);
      if (invite === undefined) {
        this.effects.push({ type: 'strayResponse', response, flow });
        return;
      }
      invite.receiveResponse(now, response);
      if (invite.cancellation === 'awaiting-provisional' && invite.state === 'proceeding') this.sendCancel(now, invite);
      return;
    }
    const transaction = this.nonInviteTable(method).get(branch);
    if (transaction === undefined || transaction.method !== method) {
      this.effects.push({ type: 'strayResponse', response, flow });
      return;
    }
    transaction.receiveResponse(now, response);
  }

  private receiveInvite(now: number, request: SipRequest, flow: F): void {
    const key = serverKey(request);
    const existing = this.inviteServers.get(key);
    if (existing !== undefined) {
      existing.receiveInvite();
      return;
    }
    const transaction = new InviteServerTransaction<F>(this.context, ownString(key), flow, request);
    this.inviteServers.set(transaction.key, transaction);
    transaction.start(now);
  }

  private receiveAck(now: number, request: SipRequest, flow: F): void {
    const transaction = this.inviteServerOfAck(request);
    if (transaction !== undefined && !transaction.receiveAck(now)) return;
    this.effects.push({ type: 'ack', request, flow, transaction });
  }

  private receiveNonInvite(now: number, request: SipRequest, flow: F): void {
    const inviteKey = serverKey(request);
    // RFC 3261 §17.2.3: the method is part of the match, so that a CANCEL is a transaction beside its INVITE's.
    const key = `${request.method} ${inviteKey}`;
    const existing = this.nonInviteServers.get(key);
    if (existing !== undefined) {
      existing.receiveRetransmission();
      return;
    }
    const transaction = new NonInviteServerTransaction<F>(this.context, ownString(key), flow, request, now);
    this.nonInviteServers.set(transaction.key, transaction);
    transaction.start(now);
    if (request.method !== 'CANCEL') {
      this.effects.push({ type: 'request', transaction, request });
      return;
    }
    // RFC 3261 §9.2: the transaction to cancel is found as §17.2.3 would, with any method but CANCEL and ACK.
    this.effects.push({ type: 'cancel', transaction, request, cancelled: this.inviteServers.get(inviteKey) });
  }

  private inviteServerOfAck(request: SipRequest): InviteServerTransaction<F> | undefined {
    if (hasMagicCookie(request.topmostVia.branch)) return this.inviteServers.get(serverKey(request));
    // RFC 3261 §17.2.3, RFC 2543 peers: the ACK's To tag is that of the response, which the INVITE need not have had.
    const transaction =
      this.inviteServers.get(serverKey(request)) ?? this.inviteServers.get(serverKeyWithoutToTag(request));
    if (transaction?.lastResponse === undefined || transaction.state !== 'completed') return transaction;
    const response = parseMessage(transaction.lastResponse);
    return response.kind === 'response' && response.toTag === request.toTag ? transaction : undefined;
  }

  private sendCancel(now: number, transaction: InviteClientTransaction<F>): void {
    transaction.cancellation = 'sent';
    this.startClient(now, buildCancellation(transaction.request, transaction.cancelHeaders), transaction.flow);
  }

  private nonInviteTable(method: string): Map<string, NonInviteClientTransaction<F>> {
    return method === 'CANCEL' ? this.cancelClients : this.nonInviteClients;
  }

  private forget(transaction: Transaction<F>): void {
    switch (transaction.kind) {
      case 'invite-client':
        this.inviteClients.delete(transaction.key);
        this.flows.remove(transaction);
        return;
      case 'non-invite-client':
        this.nonInviteTable(transaction.method).delete(transaction.key);
        this.flows.remove(transaction);
        return;
      case 'invite-server':
        this.inviteServers.delete(transaction.key);
        return;
      case 'non-invite-server':
        this.nonInviteServers.delete(transaction.key);
        return;
    }
  }
}
