import { buildResponse, Header, type HeaderField, type SipRequest } from '@ringdown/sip-message';
import type {
  InviteServerTransaction,
  ServerTransaction,
  TimerValues,
  TimerWheel,
  TransactionFlow,
} from '@ringdown/sip-transaction';
import type { Dialog, RequestContent } from './dialog.js';
import { DialogTable, type DialogUse } from './dialog-table.js';
import { overlapRetryAfterSec } from './glare.js';
import type { InitialRequest } from './initial-request.js';
import { InviteClient } from './invite-client.js';
import { InviteServer } from './invite-server.js';
import type { InviteSession } from './invite-session.js';
import { Notifier } from './notifier.js';
import { Subscription, type SubscriptionRequest } from './subscription.js';
import { eventOf } from './subscription-state.js';
import type { UserAgentContext, UserAgentEffect } from './user-agent-effect.js';

/** What a user agent core is made of; the wheel and the effects are the caller's. */
export interface UserAgentCoreOptions<F extends TransactionFlow> {
  readonly wheel: TimerWheel;
  readonly effects: UserAgentEffect<F>[];
  readonly timers: TimerValues;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** A tag that was never given before. */
  readonly nextTag: () => string;
  /** The value of this side's Contact for an answer to this request. */
  readonly contactFor: (transaction: ServerTransaction<F>) => string;
  /** The longest subscription granted on a refresh. */
  readonly longestSubscriptionSec?: number;
}

/**
 * The core of one user agent: every request, ACK and CANCEL finds the dialog, call or subscription it belongs to, and what
 * belongs to none is handed out. Which methods, extensions and URIs it serves (RFC 3261 §8.2.1 to §8.2.3) is its user's to say.
 */
export class UserAgentCore<F extends TransactionFlow> {
  readonly dialogs = new DialogTable<F>();
  readonly #context: UserAgentContext<F>;
  readonly #contactFor: (transaction: ServerTransaction<F>) => string;
  readonly #longestSubscriptionSec: number;
  /** Requests outside dialogs under way, by what a merged copy shares with them. */
  readonly #initial = new Map<string, ServerTransaction<F>>();
  readonly #invited = new WeakMap<ServerTransaction<F>, InviteServer<F> | InviteSession<F>>();

  constructor(options: UserAgentCoreOptions<F>) {
    const { wheel, effects, timers, random, nextTag } = options;
    this.#context = { wheel, effects, timers, random, nextTag, directory: this.dialogs };
    this.#contactFor = options.contactFor;
    this.#longestSubscriptionSec = options.longestSubscriptionSec ?? 3_600;
  }

  /** Sends an INVITE outside a dialog. `contact` is the value of this side's Contact. */
  invite(initial: InitialRequest, contact: string): InviteClient<F> {
    const call = new InviteClient<F>(this.#context, initial, contact);
    call.start();
    return call;
  }

  /** Sends a SUBSCRIBE or REFER, within a dialog or outside. */
  subscribe(
    now: number,
    wanted: SubscriptionRequest,
    where: Dialog | Omit<InitialRequest, keyof RequestContent>,
  ): Subscription<F> {
    const subscription = new Subscription<F>(this.#context, wanted, where);
    subscription.start(now);
    return subscription;
  }

  /** A request that began a server transaction; neither ACK nor CANCEL. */
  receiveRequest(now: number, transaction: ServerTransaction<F>): void {
    if (transaction.request.toTag === undefined) this.#receiveInitial(now, transaction);
    else this.#receiveWithin(now, transaction);
  }

  /** An ACK for a 2xx. One that belongs to nothing is dropped. */
  receiveAck(now: number, ack: SipRequest): void {
    this.dialogs.find(ack)?.session?.receiveAck(now, ack);
  }

  /** A CANCEL, and the INVITE that it matched. */
  receiveCancel(now: number, cancel: ServerTransaction<F>, invite: InviteServerTransaction<F> | undefined): void {
    const invited = invite === undefined ? undefined : this.#invited.get(invite);
    // RFC 3261 §9.2: nothing to cancel: 481.
    if (invite === undefined || invited === undefined) this.#refuse(cancel, 481);
    else if (invited instanceof InviteServer) invited.receiveCancel(cancel);
    else invited.receiveCancel(now, cancel, invite);
  }

  /** To be told when a server transaction has ended. */
  transactionTerminated(transaction: ServerTransaction<F>): void {
    const key = mergeKey(transaction.request);
    if (this.#initial.get(key) === transaction) this.#initial.delete(key);
  }

  #receiveInitial(now: number, transaction: ServerTransaction<F>): void {
    const { request } = transaction;
    const key = mergeKey(request);
    if (this.#initial.has(key)) {
      // RFC 3261 §8.2.2.2: the same request by another way is a merged one: 482.
      this.#refuse(transaction, 482);
      return;
    }
    this.#initial.set(key, transaction);
    if (transaction.kind === 'invite-server') {
      const call = new InviteServer<F>(this.#context, transaction, this.#contactFor(transaction));
      this.#invited.set(transaction, call);
      this.dialogs.addCall(call);
      this.#context.effects.push({ type: 'incoming', call });
      call.start(now);
    } else if (request.method === 'SUBSCRIBE' || request.method === 'REFER') {
      this.#receiveSubscriber(transaction, undefined);
    } else if (request.method === 'NOTIFY' || request.method === 'BYE') {
      // RFC 6665 §4.4.1 and RFC 3261 §15.1.2: these belong to a subscription or session, and to none outside dialogs.
      this.#refuse(transaction, 481);
    } else {
      this.#context.effects.push({
        type: 'incomingRequest',
        transaction,
        request,
        dialog: undefined,
        session: undefined,
      });
    }
  }

  #receiveWithin(now: number, transaction: ServerTransaction<F>): void {
    const { request } = transaction;
    const use = this.dialogs.find(request);
    const subscription = request.method === 'NOTIFY' ? this.dialogs.findSubscription(request) : undefined;
    const dialog = use?.dialog ?? subscription?.dialog;
    if (dialog === undefined && subscription === undefined) {
      const call = this.dialogs.findCall(request);
      if (call !== undefined) this.#receiveEarly(transaction, call);
      // RFC 3261 §12.2.2: a To tag that names no dialog here: 481.
      else this.#refuse(transaction, 481);
      return;
    }
    // RFC 3261 §12.2.2: out of order: 500.
    if (dialog?.receiveSequence(request.cseq.number) === 'out-of-order') this.#refuse(transaction, 500);
    else if (subscription !== undefined) subscription.receiveNotify(now, transaction);
    else if (use !== undefined) this.#receiveInUse(now, transaction, use);
  }

  #receiveEarly(transaction: ServerTransaction<F>, call: InviteServer<F>): void {
    const { request } = transaction;
    const { dialog } = call;
    if (dialog?.receiveSequence(request.cseq.number) === 'out-of-order') {
      this.#refuse(transaction, 500);
    } else if (request.method === 'BYE') {
      call.receiveBye(transaction);
    } else if (transaction.kind === 'invite-server') {
      // RFC 3261 §14.2: the first INVITE has no final response yet.
      const retryAfterSec = overlapRetryAfterSec(this.#context.random());
      this.#refuse(transaction, 500, [[Header.RetryAfter, String(retryAfterSec)]]);
    } else {
      this.#context.effects.push({ type: 'incomingRequest', transaction, request, dialog, session: undefined });
    }
  }

  #receiveInUse(now: number, transaction: ServerTransaction<F>, use: DialogUse<F>): void {
    const { request } = transaction;
    const { dialog, session } = use;
    if (request.method === 'SUBSCRIBE') {
      for (const notifier of use.notifiers) {
        if (!notifier.matches(request)) continue;
        notifier.receiveSubscribe(now, transaction, this.#longestSubscriptionSec);
        return;
      }
    }
    if (request.method === 'SUBSCRIBE' || request.method === 'REFER') {
      this.#receiveSubscriber(transaction, dialog);
    } else if (request.method === 'NOTIFY') {
      // RFC 6665 §4.1.3: a NOTIFY for no subscription here: 481.
      this.#refuse(transaction, 481);
    } else if (session !== undefined) {
      if (transaction.kind === 'invite-server') this.#invited.set(transaction, session);
      session.receiveRequest(transaction);
    } else if (request.method === 'BYE' || request.method === 'INVITE') {
      this.#refuse(transaction, 481);
    } else {
      this.#context.effects.push({ type: 'incomingRequest', transaction, request, dialog, session: undefined });
    }
  }

  #receiveSubscriber(transaction: ServerTransaction<F>, dialog: Dialog | undefined): void {
    const { request } = transaction;
    if (request.method === 'SUBSCRIBE' && eventOf(request) === undefined) {
      // RFC 6665 §4.2.1.1: without an event package there is nothing to subscribe to: 489.
      this.#refuse(transaction, 489);
      return;
    }
    const notifier = new Notifier<F>(this.#context, transaction, this.#contactFor(transaction), dialog);
    this.#context.effects.push({ type: 'subscribe', notifier, request });
  }

  #refuse(transaction: ServerTransaction<F>, statusCode: number, headers: readonly HeaderField[] = []): void {
    const raw = buildResponse(transaction.request, statusCode, { toTag: this.#context.nextTag(), headers });
    this.#context.effects.push({ type: 'respond', transaction, statusCode, raw });
  }
}

function mergeKey(request: SipRequest): string {
  // RFC 3261 §8.2.2.2: From tag, Call-ID and CSeq.
  return `${request.fromTag ?? ''}\n${request.callId}\n${request.cseq.number} ${request.method}`;
}
