import {
  buildResponse,
  Header,
  type HeaderField,
  parseDeltaSeconds,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip-message';
import { type Expirable, NO_TIMER, type ServerTransaction, type TransactionFlow } from '@ringdown/sip-transaction';
import { Dialog, dialogFromNotify, type RequestContent, type RequestDraft } from './dialog.js';
import { draftInitial, type InitialRequest } from './initial-request.js';
import { retried } from './retried-request.js';
import { endsSubscription, eventOf, formatEvent, subscriptionStateOf } from './subscription-state.js';
import { OutgoingRequest, type RequestOwner, type UserAgentContext } from './user-agent-effect.js';

/** RFC 6665 §4.1.2, figure 1. */
export type SubscriptionMachineState = 'notify-wait' | 'pending' | 'active' | 'terminated';

/** What to subscribe to. `method` REFER subscribes implicitly (RFC 3515 §2.4.4), to the event package `refer`. */
export interface SubscriptionRequest extends RequestContent {
  readonly method: 'SUBSCRIBE' | 'REFER';
  readonly event: string;
  /** What is asked for; a REFER asks for nothing, the notifier says. */
  readonly expiresSec: number | undefined;
  /** The value of this side's Contact. */
  readonly contact: string;
}

const Timer = { N: 0, Refresh: 1, Expiry: 2 } as const;

/** The subscriber (RFC 6665 §4.1). Its dialog is the one given, or comes with the first NOTIFY (§4.4.1). */
export class Subscription<F extends TransactionFlow> implements RequestOwner, Expirable {
  state: SubscriptionMachineState = 'notify-wait';
  dialog: Dialog | undefined;
  readonly callId: string;
  readonly localTag: string;
  readonly #context: UserAgentContext<F>;
  readonly #wanted: SubscriptionRequest;
  /** Of the request that asked for the subscription. */
  #sequence: number;
  #request: OutgoingRequest;
  #expiresSec: number;
  #timerN = NO_TIMER;
  #refresh = NO_TIMER;
  #expiry = NO_TIMER;

  /** `where` is a dialog to subscribe within, or what a request outside one needs. */
  constructor(
    context: UserAgentContext<F>,
    wanted: SubscriptionRequest,
    where: Dialog | Omit<InitialRequest, keyof RequestContent>,
  ) {
    this.#context = context;
    this.#wanted = wanted;
    this.#expiresSec = wanted.expiresSec ?? 0;
    let draft: RequestDraft;
    if (where instanceof Dialog) {
      this.dialog = where;
      this.callId = where.callId;
      this.localTag = where.localTag;
      draft = where.nextRequest(wanted.method, this.#content(this.#expiresSec));
    } else {
      this.callId = where.callId;
      this.localTag = where.fromTag;
      const content = this.#content(this.#expiresSec);
      const headers: HeaderField[] = [[Header.Contact, wanted.contact], ...(content.headers ?? [])];
      draft = draftInitial(wanted.method, { ...where, ...content, headers });
    }
    this.#sequence = draft.cseq;
    this.#request = new OutgoingRequest(draft, this);
  }

  start(now: number): void {
    this.#context.directory.addSubscription(this);
    this.#sendRequest(now);
  }

  /** Asks for the subscription to go on. Nothing before the first NOTIFY or after the end. */
  refresh(now: number, expiresSec = this.#wanted.expiresSec ?? this.#expiresSec): boolean {
    if (this.dialog === undefined || this.state === 'terminated' || this.state === 'notify-wait') return false;
    this.#expiresSec = expiresSec;
    const draft = this.dialog.nextRequest('SUBSCRIBE', this.#refreshContent(expiresSec));
    this.#request = new OutgoingRequest(draft, this);
    this.#sendRequest(now);
    return true;
  }

  /** RFC 6665 §4.1.2.3: asks for the end, which a last NOTIFY brings. */
  unsubscribe(now: number): boolean {
    return this.refresh(now, 0);
  }

  /** Whether a NOTIFY with this Call-ID and To tag is for this subscription (RFC 6665 §4.4.1, §8.2.1). */
  matches(notify: SipRequest): boolean {
    if (this.dialog !== undefined && notify.fromTag !== this.dialog.remoteTag) return false;
    const event = eventOf(notify);
    if (event?.package !== this.#wanted.event) return false;
    // RFC 3515 §2.4.6: the id of a REFER's subscription is that REFER's sequence number; the first may go without.
    return event.id === undefined || this.#wanted.method !== 'REFER' || event.id === String(this.#sequence);
  }

  /** A NOTIFY that matched, in order if it came within a dialog. */
  receiveNotify(now: number, transaction: ServerTransaction<F>): void {
    const { request } = transaction;
    const state = subscriptionStateOf(request);
    if (state === undefined) {
      // RFC 6665 §4.1.3: Subscription-State is mandatory.
      this.#answer(transaction, 400);
      return;
    }
    if (this.dialog === undefined) {
      const dialog = dialogFromNotify({ cseq: this.#sequence }, request, this.#wanted.contact);
      if (!(dialog instanceof Dialog)) {
        this.#answer(transaction, 400);
        return;
      }
      this.dialog = dialog;
    } else {
      this.dialog.refreshTarget(request);
    }
    this.#answer(transaction, 200);
    this.#stop('timerN');
    if (state.state !== 'terminated') {
      // RFC 6665 §4.1.3: an unknown state counts as active.
      this.state = state.state === 'pending' ? 'pending' : 'active';
      if (state.expiresSec !== undefined) this.#lasts(now, state.expiresSec);
    }
    this.#context.effects.push({ type: 'notified', subscription: this, request });
    if (state.state === 'terminated') this.#end(state.reason ?? 'terminated', undefined);
  }

  receiveResponse(now: number, request: OutgoingRequest, response: SipResponse): void {
    const { statusCode } = response;
    if (statusCode < 200 || request !== this.#request || this.state === 'terminated') return;
    this.#context.effects.push({ type: 'subscriptionAnswered', subscription: this, response });
    if (statusCode < 300) {
      // RFC 6665 §4.1.2.1: the 2xx may shorten the duration.
      const expiresSec = parseDeltaSeconds(response.value(Header.Expires) ?? '');
      if (expiresSec !== undefined && this.#expiresSec > 0) this.#lasts(now, expiresSec);
      return;
    }
    this.#refused(statusCode);
  }

  requestFailed(_now: number, request: OutgoingRequest, statusCode: 408 | 503): void {
    if (request === this.#request && this.state !== 'terminated') this.#refused(statusCode);
  }

  retry(now: number, request: OutgoingRequest, headers: readonly HeaderField[]): void {
    if (request !== this.#request || this.state === 'terminated') return;
    const cseq = this.dialog === undefined ? request.draft.cseq + 1 : (this.dialog.localSequence ?? 0) + 1;
    if (this.dialog !== undefined) this.dialog.localSequence = cseq;
    if (this.state === 'notify-wait') this.#sequence = cseq;
    this.#request = new OutgoingRequest(retried(request.draft, cseq, headers), this);
    this.#sendRequest(now);
  }

  expire(now: number, timer: number): void {
    if (timer === Timer.Refresh) {
      this.#refresh = NO_TIMER;
      this.refresh(now);
      return;
    }
    // RFC 6665 §4.1.2.4: no NOTIFY before timer N: the subscription failed. Past its duration it is over as well.
    this.#end(timer === Timer.N ? 'no-notify' : 'expired', undefined);
  }

  #refused(statusCode: number): void {
    // RFC 6665 §4.1.2.2: a refused refresh with another code leaves the subscription until its time is over.
    if (this.state === 'notify-wait' || endsSubscription(statusCode)) this.#end('refused', statusCode);
    else this.#stop('timerN');
  }

  #sendRequest(now: number): void {
    this.#stop('timerN');
    // RFC 6665 §4.1.2: timer N, 64*T1, from every SUBSCRIBE until a NOTIFY.
    this.#timerN = this.#context.wheel.schedule(now, this.#context.timers.transactionTimeoutMs, this, Timer.N);
    this.#context.effects.push({ type: 'request', request: this.#request });
  }

  #lasts(now: number, expiresSec: number): void {
    const { wheel, timers } = this.#context;
    this.#stop('refresh');
    this.#stop('expiry');
    const lastsMs = expiresSec * 1_000;
    this.#expiry = wheel.schedule(now, lastsMs, this, Timer.Expiry);
    if (this.#wanted.method === 'REFER' || this.#expiresSec === 0) return;
    // Early enough for a refresh to go through all its retransmissions before the end.
    const refreshMs = Math.max(lastsMs / 2, lastsMs - 2 * timers.transactionTimeoutMs);
    this.#refresh = wheel.schedule(now, refreshMs, this, Timer.Refresh);
  }

  #end(reason: string, statusCode: number | undefined): void {
    if (this.state === 'terminated') return;
    this.state = 'terminated';
    this.#stop('timerN');
    this.#stop('refresh');
    this.#stop('expiry');
    this.#context.directory.removeSubscription(this);
    this.#context.effects.push({ type: 'subscriptionEnded', subscription: this, reason, statusCode });
  }

  #stop(which: 'timerN' | 'refresh' | 'expiry'): void {
    const { wheel } = this.#context;
    if (which === 'timerN') {
      wheel.cancel(this.#timerN);
      this.#timerN = NO_TIMER;
    } else if (which === 'refresh') {
      wheel.cancel(this.#refresh);
      this.#refresh = NO_TIMER;
    } else {
      wheel.cancel(this.#expiry);
      this.#expiry = NO_TIMER;
    }
  }

  #content(expiresSec: number): RequestContent {
    const { method, headers = [] } = this.#wanted;
    if (method === 'REFER') return { ...this.#wanted, headers };
    return { ...this.#wanted, headers: [...this.#subscribeHeaders(expiresSec), ...headers] };
  }

  #refreshContent(expiresSec: number): RequestContent {
    return { headers: [...this.#subscribeHeaders(expiresSec), ...(this.#wanted.headers ?? [])] };
  }

  #subscribeHeaders(expiresSec: number): HeaderField[] {
    const id = this.#wanted.method === 'REFER' ? String(this.#sequence) : undefined;
    return [
      [Header.Event, formatEvent({ package: this.#wanted.event, id })],
      [Header.Expires, String(expiresSec)],
    ];
  }

  #answer(transaction: ServerTransaction<F>, statusCode: number): void {
    const raw = buildResponse(transaction.request, statusCode, { headers: [[Header.Contact, this.#wanted.contact]] });
    this.#context.effects.push({ type: 'respond', transaction, statusCode, raw });
  }
}
