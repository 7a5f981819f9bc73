import {
  buildResponse,
  Header,
  type HeaderField,
  parseDeltaSeconds,
  type ResponseOptions,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip-message';
import { type Expirable, NO_TIMER, type ServerTransaction, type TransactionFlow } from '@ringdown/sip-transaction';
import { Dialog, dialogAsUas, type RequestContent } from './dialog.js';
import { retried } from './retried-request.js';
import { type EventName, endsSubscription, eventOf, formatEvent } from './subscription-state.js';
import { OutgoingRequest, type RequestOwner, type UserAgentContext } from './user-agent-effect.js';

/** RFC 6665 §4.2: resource state is told in `pending` (perhaps not all of it) and `active`. */
export type NotifierState = 'unanswered' | 'pending' | 'active' | 'terminated';

/** How a subscription is granted. */
export interface Grant {
  readonly state: 'pending' | 'active';
  /** At most what the subscriber asked for (RFC 6665 §4.2.1.1). */
  readonly expiresSec: number;
  /** 200, or 202 for a REFER (RFC 3515 §2.4.2). */
  readonly statusCode?: number;
}

/** The notifier of one subscription (RFC 6665 §4.2), made by a SUBSCRIBE or a REFER. */
export class Notifier<F extends TransactionFlow> implements RequestOwner, Expirable {
  state: NotifierState = 'unanswered';
  readonly event: EventName;
  readonly localTag: string;
  readonly request: SipRequest;
  /** The one that its SUBSCRIBE or REFER began. */
  readonly transaction: ServerTransaction<F>;
  /** The dialog it was asked for within; else undefined until `accept`. */
  dialog: Dialog | undefined;
  readonly #context: UserAgentContext<F>;
  readonly #contact: string;
  #lastContent: RequestContent = {};
  #stateNow: (() => RequestContent) | undefined;
  #endsAt = 0;
  #expiry = NO_TIMER;

  constructor(
    context: UserAgentContext<F>,
    transaction: ServerTransaction<F>,
    contact: string,
    dialog: Dialog | undefined,
  ) {
    const { request } = transaction;
    this.#context = context;
    this.transaction = transaction;
    this.#contact = contact;
    this.request = request;
    this.dialog = dialog;
    this.localTag = dialog?.localTag ?? context.nextTag();
    // RFC 3515 §2.4.6: within a dialog the REFER's sequence number is the id that tells its subscription apart.
    const id = dialog === undefined ? undefined : String(request.cseq.number);
    this.event =
      request.method === 'REFER' ? { package: 'refer', id } : (eventOf(request) ?? { package: '', id: undefined });
  }

  /** What the subscriber asked for, in seconds; undefined where it leaves that to this side. */
  get askedExpiresSec(): number | undefined {
    return parseDeltaSeconds(this.request.value(Header.Expires) ?? '');
  }

  /**
   * Grants the subscription and sends the first NOTIFY, which RFC 6665 §4.2.1.2 owes at once, with this content. A function
   * is asked for it, and again for what is told on a refresh and at the end; otherwise that is what was told last. False when
   * it was answered before, or can't make a dialog for want of a Contact: it is then answered with 400.
   */
  accept(now: number, grant: Grant, content: RequestContent | (() => RequestContent) = {}): boolean {
    if (this.state !== 'unanswered') return false;
    if (typeof content === 'function') this.#stateNow = content;
    else this.#lastContent = content;
    const dialog =
      this.dialog ?? dialogAsUas(this.request, { tag: this.localTag, contact: this.#contact }, 'confirmed');
    if (!(dialog instanceof Dialog)) {
      this.reject(400, { reasonPhrase: 'No usable Contact' });
      return false;
    }
    if (this.dialog !== undefined) dialog.refreshTarget(this.request);
    this.dialog = dialog;
    this.state = grant.state;
    this.#context.directory.addNotifier(this);
    this.#respond(this.transaction, grant.statusCode ?? 200, grant.expiresSec);
    this.#lasts(now, grant.expiresSec);
    if (grant.expiresSec === 0) this.terminate('timeout');
    else this.notify(now, grant.state, this.#content());
    return true;
  }

  /**
   * A final response that makes no subscription: from 300 to 699, or a 2xx to a REFER whose sender wants none (RFC 4488 §4).
   */
  reject(statusCode: number, options: ResponseOptions = {}): void {
    if (this.state !== 'unanswered') return;
    this.state = 'terminated';
    const raw = buildResponse(this.request, statusCode, { ...options, toTag: this.localTag });
    this.#context.effects.push({ type: 'respond', transaction: this.transaction, statusCode, raw });
  }

  /** Tells the state of the resource. False when there is no subscription (any more). */
  notify(now: number, state: 'pending' | 'active', content: RequestContent): boolean {
    if (this.state !== 'pending' && this.state !== 'active') return false;
    this.state = state;
    this.#lastContent = content;
    // RFC 6665 §4.2.2: expires says how much is left.
    const leftSec = Math.max(0, Math.round((this.#endsAt - now) / 1_000));
    this.#send(`${state};expires=${leftSec}`, content);
    return true;
  }

  /** Ends the subscription with a last NOTIFY (RFC 6665 §4.2.2); `reason` is one of §4.1.3. */
  terminate(reason: string, content: RequestContent = this.#content()): boolean {
    if (this.state !== 'pending' && this.state !== 'active') return false;
    this.#send(`terminated;reason=${reason}`, content);
    this.#end(reason);
    return true;
  }

  /** Whether a SUBSCRIBE within the dialog refreshes this subscription (RFC 6665 §8.2.1). */
  matches(subscribe: SipRequest): boolean {
    const event = eventOf(subscribe);
    return event !== undefined && event.package === this.event.package && event.id === this.event.id;
  }

  /** A SUBSCRIBE that matched and is in order: RFC 6665 §4.2.1.2 owes a 2xx and a NOTIFY. */
  receiveSubscribe(now: number, transaction: ServerTransaction<F>, longestSec: number): void {
    const { request } = transaction;
    const askedSec = parseDeltaSeconds(request.value(Header.Expires) ?? '') ?? longestSec;
    const expiresSec = Math.min(askedSec, longestSec);
    this.dialog?.refreshTarget(request);
    this.#respond(transaction, 200, expiresSec);
    this.#context.effects.push({ type: 'refreshed', notifier: this, request });
    if (expiresSec === 0) {
      // RFC 6665 §4.1.2.3: Expires 0 ends the subscription, with a NOTIFY that says so.
      this.terminate('timeout');
      return;
    }
    this.#lasts(now, expiresSec);
    if (this.state === 'pending' || this.state === 'active') this.notify(now, this.state, this.#content());
  }

  receiveResponse(_now: number, _request: OutgoingRequest, response: SipResponse): void {
    // RFC 6665 §4.2.2: a NOTIFY that is refused like this ends the subscription.
    const { statusCode } = response;
    if (endsSubscription(statusCode)) this.#end('noresource');
    else if (statusCode >= 200) this.#notifyAnswered(statusCode);
  }

  requestFailed(_now: number, _request: OutgoingRequest, statusCode: 408 | 503): void {
    if (endsSubscription(statusCode)) this.#end('noresource');
    else this.#notifyAnswered(statusCode);
  }

  retry(_now: number, request: OutgoingRequest, headers: readonly HeaderField[]): void {
    const { dialog } = this;
    if (dialog === undefined) return;
    dialog.localSequence = (dialog.localSequence ?? 0) + 1;
    const again = new OutgoingRequest(retried(request.draft, dialog.localSequence, headers), this);
    this.#context.effects.push({ type: 'request', request: again });
  }

  expire(_now: number): void {
    this.#expiry = NO_TIMER;
    // RFC 6665 §4.2.1.4: not refreshed in time: a NOTIFY says that it is over.
    this.terminate('timeout');
  }

  #content(): RequestContent {
    return this.#stateNow?.() ?? this.#lastContent;
  }

  #notifyAnswered(statusCode: number): void {
    if (this.state !== 'terminated') this.#context.effects.push({ type: 'notifyAnswered', notifier: this, statusCode });
  }

  #send(subscriptionState: string, content: RequestContent): void {
    const { dialog } = this;
    if (dialog === undefined) return;
    const headers: HeaderField[] = [
      [Header.Event, formatEvent(this.event)],
      [Header.SubscriptionState, subscriptionState],
      ...(content.headers ?? []),
    ];
    const request = new OutgoingRequest(dialog.nextRequest('NOTIFY', { ...content, headers }), this);
    this.#context.effects.push({ type: 'request', request });
  }

  #respond(transaction: ServerTransaction<F>, statusCode: number, expiresSec: number): void {
    const headers: HeaderField[] = [[Header.Contact, this.#contact]];
    // RFC 6665 §4.2.1.1: the 2xx to a SUBSCRIBE MUST have Expires; one to a REFER has none (RFC 3515 §2.4.2).
    if (transaction.request.method === 'SUBSCRIBE') headers.push([Header.Expires, String(expiresSec)]);
    const raw = buildResponse(transaction.request, statusCode, { toTag: this.localTag, headers });
    this.#context.effects.push({ type: 'respond', transaction, statusCode, raw });
  }

  #lasts(now: number, expiresSec: number): void {
    const { wheel } = this.#context;
    wheel.cancel(this.#expiry);
    this.#endsAt = now + expiresSec * 1_000;
    this.#expiry = expiresSec === 0 ? NO_TIMER : wheel.schedule(now, expiresSec * 1_000, this, 0);
  }

  #end(reason: string): void {
    if (this.state === 'terminated') return;
    this.state = 'terminated';
    this.#context.wheel.cancel(this.#expiry);
    this.#expiry = NO_TIMER;
    this.#context.directory.removeNotifier(this);
    this.#context.effects.push({ type: 'unsubscribed', notifier: this, reason });
  }
}
