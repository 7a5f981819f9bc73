import type { SipRequest } from '@ringdown/sip-message';
import type { TransactionFlow } from '@ringdown/sip-transaction';
import { type Dialog, type DialogId, dialogIdOfRequest, dialogKey } from './dialog.js';
import type { InviteServer } from './invite-server.js';
import type { InviteSession } from './invite-session.js';
import type { Notifier } from './notifier.js';
import type { Subscription } from './subscription.js';
import type { DialogDirectory } from './user-agent-effect.js';

/** What uses one dialog (RFC 5057 §2): at most one session, and any number of subscriptions. */
export interface DialogUse<F extends TransactionFlow> {
  readonly dialog: Dialog;
  session: InviteSession<F> | undefined;
  readonly notifiers: Set<Notifier<F>>;
}

/** The dialogs of one user agent by their ids. */
export class DialogTable<F extends TransactionFlow> implements DialogDirectory<F> {
  readonly #dialogs = new Map<string, DialogUse<F>>();
  readonly #calls = new Map<string, InviteServer<F>>();
  /** By Call-ID and local tag, since a NOTIFY may come before its dialog (RFC 6665 §4.4.1). */
  readonly #subscriptions = new Map<string, Set<Subscription<F>>>();

  /** Dialogs with a session or a notifier. */
  get size(): number {
    return this.#dialogs.size;
  }

  /** Subscriptions that this side holds, and calls that ring here. */
  get pending(): { readonly subscriptions: number; readonly calls: number } {
    let subscriptions = 0;
    for (const group of this.#subscriptions.values()) subscriptions += group.size;
    return { subscriptions, calls: this.#calls.size };
  }

  find(request: SipRequest): DialogUse<F> | undefined {
    return this.get(dialogIdOfRequest(request));
  }

  /** A dialog by its id, as another call's header names it (RFC 3891 §3, RFC 3911 §4). */
  get(id: DialogId): DialogUse<F> | undefined {
    return this.#dialogs.get(dialogKey(id));
  }

  /** The call that rings here and whose early dialog the request belongs to. */
  findCall(request: SipRequest): InviteServer<F> | undefined {
    return this.#calls.get(dialogKey(dialogIdOfRequest(request)));
  }

  /** The subscription that a NOTIFY is for. */
  findSubscription(notify: SipRequest): Subscription<F> | undefined {
    const group = this.#subscriptions.get(subscriptionKey(notify.callId, notify.toTag ?? ''));
    if (group === undefined) return undefined;
    for (const subscription of group) if (subscription.matches(notify)) return subscription;
    return undefined;
  }

  addSession(session: InviteSession<F>): void {
    this.#use(session.dialog).session = session;
  }

  removeSession(session: InviteSession<F>): void {
    const use = this.#dialogs.get(session.dialog.key);
    if (use?.session !== session) return;
    use.session = undefined;
    this.#release(use);
  }

  addCall(call: InviteServer<F>): void {
    this.#calls.set(callKey(call), call);
  }

  removeCall(call: InviteServer<F>): void {
    this.#calls.delete(callKey(call));
  }

  addNotifier(notifier: Notifier<F>): void {
    if (notifier.dialog !== undefined) this.#use(notifier.dialog).notifiers.add(notifier);
  }

  removeNotifier(notifier: Notifier<F>): void {
    const use = notifier.dialog === undefined ? undefined : this.#dialogs.get(notifier.dialog.key);
    if (use?.notifiers.delete(notifier) === true) this.#release(use);
  }

  addSubscription(subscription: Subscription<F>): void {
    const key = subscriptionKey(subscription.callId, subscription.localTag);
    const group = this.#subscriptions.get(key);
    if (group === undefined) this.#subscriptions.set(key, new Set([subscription]));
    else group.add(subscription);
  }

  removeSubscription(subscription: Subscription<F>): void {
    const key = subscriptionKey(subscription.callId, subscription.localTag);
    const group = this.#subscriptions.get(key);
    group?.delete(subscription);
    if (group?.size === 0) this.#subscriptions.delete(key);
    const { dialog } = subscription;
    if (dialog !== undefined && !this.#dialogs.has(dialog.key) && group?.size === 0) dialog.state = 'terminated';
  }

  #use(dialog: Dialog): DialogUse<F> {
    const known = this.#dialogs.get(dialog.key);
    if (known !== undefined) return known;
    const use: DialogUse<F> = { dialog, session: undefined, notifiers: new Set() };
    this.#dialogs.set(dialog.key, use);
    return use;
  }

  #release(use: DialogUse<F>): void {
    if (use.session !== undefined || use.notifiers.size > 0) return;
    this.#dialogs.delete(use.dialog.key);
    const { callId, localTag } = use.dialog;
    if (!this.#subscriptions.has(subscriptionKey(callId, localTag))) use.dialog.state = 'terminated';
  }
}

function callKey<F extends TransactionFlow>(call: InviteServer<F>): string {
  const { callId, fromTag } = call.transaction.request;
  return dialogKey({ callId, localTag: call.localTag, remoteTag: fromTag ?? '' });
}

function subscriptionKey(callId: string, localTag: string): string {
  return `${callId}\n${localTag}`;
}
