import {
  buildResponse,
  Header,
  type HeaderField,
  parseDeltaSeconds,
  type ResponseOptions,
} from '@ringdown/sip-message';
import {
  type Expirable,
  type InviteServerTransaction,
  NO_TIMER,
  type ServerTransaction,
  type TransactionFlow,
} from '@ringdown/sip-transaction';
import { Dialog, dialogAsUas, type RequestContent } from './dialog.js';
import { InviteSession } from './invite-session.js';
import type { UserAgentContext } from './user-agent-effect.js';

export type InviteServerState = 'proceeding' | 'accepted' | 'rejected' | 'cancelled';

const Timer = { Refresh: 0, Expires: 1 } as const;
/** RFC 3261 §13.3.1.1: a provisional response every minute keeps proxies from giving up (timer C is above three). */
const refreshIntervalMs = 60_000;

/** The callee's side of an INVITE outside a dialog (RFC 3261 §13.3): ringing, accepting, rejecting, being cancelled. */
export class InviteServer<F extends TransactionFlow> implements Expirable {
  state: InviteServerState = 'proceeding';
  readonly transaction: InviteServerTransaction<F>;
  readonly localTag: string;
  /** Early from the first provisional response above 100. */
  dialog: Dialog | undefined;
  readonly #context: UserAgentContext<F>;
  readonly #contact: string;
  #lastProvisional: { readonly statusCode: number; readonly raw: string } | undefined;
  #refresh = NO_TIMER;
  #expires = NO_TIMER;

  constructor(context: UserAgentContext<F>, transaction: InviteServerTransaction<F>, contact: string) {
    this.#context = context;
    this.transaction = transaction;
    this.#contact = contact;
    this.localTag = context.nextTag();
  }

  /** To be called once; the INVITE's Expires counts from here. */
  start(now: number): void {
    const expires = this.transaction.request.value(Header.Expires);
    const expiresSec = expires === undefined ? undefined : parseDeltaSeconds(expires);
    if (expiresSec === undefined) return;
    this.#expires = this.#context.wheel.schedule(now, expiresSec * 1_000, this, Timer.Expires);
  }

  /** A provisional response, 101 to 199; an early dialog begins. Nothing after a final response. */
  ring(now: number, statusCode = 180, content: RequestContent = {}): void {
    if (this.state !== 'proceeding') return;
    const { wheel } = this.#context;
    this.dialog ??= this.#createDialog();
    const raw = this.#respond(statusCode, this.#options(content));
    this.#lastProvisional = { statusCode, raw };
    wheel.cancel(this.#refresh);
    this.#refresh = wheel.schedule(now, refreshIntervalMs, this, Timer.Refresh);
  }

  /**
   * A 2xx, repeated until its ACK comes; returns the session. undefined when it is too late, or when the INVITE can't
   * make a dialog for want of a Contact: it is then answered with 400.
   */
  accept(now: number, content: RequestContent = {}, statusCode = 200): InviteSession<F> | undefined {
    if (this.state !== 'proceeding') return undefined;
    this.dialog ??= this.#createDialog();
    const { dialog } = this;
    if (dialog === undefined) {
      this.reject(400, { reasonPhrase: 'No usable Contact' });
      return undefined;
    }
    this.#end('accepted');
    dialog.state = 'confirmed';
    const session = new InviteSession(this.#context, dialog);
    const raw = buildResponse(this.transaction.request, statusCode, this.#options(content));
    session.beginAsCallee(now, this.transaction, { statusCode, raw });
    return session;
  }

  /** A final response from 300 to 699. */
  reject(statusCode: number, options: ResponseOptions = {}): void {
    if (this.state !== 'proceeding') return;
    this.#end('rejected');
    this.#respond(statusCode, { ...options, toTag: this.localTag });
    if (this.dialog !== undefined) this.dialog.state = 'terminated';
  }

  /** A CANCEL that matched: it is answered, and so is the INVITE unless it has its final response (RFC 3261 §9.2). */
  receiveCancel(cancel: ServerTransaction<F>): void {
    // RFC 3261 §9.2: the To tag of the answer to the CANCEL and of that to the INVITE SHOULD be the same.
    const raw = buildResponse(cancel.request, 200, { toTag: this.localTag });
    this.#context.effects.push({ type: 'respond', transaction: cancel, statusCode: 200, raw });
    this.#giveUp();
  }

  /** A BYE within the early dialog: RFC 3261 §15.1.2 answers both. */
  receiveBye(bye: ServerTransaction<F>): void {
    const raw = buildResponse(bye.request, 200);
    this.#context.effects.push({ type: 'respond', transaction: bye, statusCode: 200, raw });
    this.#giveUp();
  }

  expire(now: number, timer: number): void {
    if (timer === Timer.Expires) {
      this.#expires = NO_TIMER;
      // RFC 3261 §13.3.1 step 1: an INVITE that expires before it is answered gets 487.
      this.#giveUp();
      return;
    }
    const last = this.#lastProvisional;
    if (last === undefined) return;
    this.#context.effects.push({ type: 'respond', transaction: this.transaction, ...last });
    this.#refresh = this.#context.wheel.schedule(now, refreshIntervalMs, this, Timer.Refresh);
  }

  #giveUp(): void {
    if (this.state !== 'proceeding') return;
    this.#end('cancelled');
    this.#respond(487, { toTag: this.localTag });
    if (this.dialog !== undefined) this.dialog.state = 'terminated';
    this.#context.effects.push({ type: 'cancelled', call: this });
  }

  #end(state: InviteServerState): void {
    this.state = state;
    this.#context.wheel.cancel(this.#refresh);
    this.#context.wheel.cancel(this.#expires);
    this.#refresh = NO_TIMER;
    this.#expires = NO_TIMER;
    this.#context.directory.removeCall(this);
  }

  #createDialog(): Dialog | undefined {
    const local = { tag: this.localTag, contact: this.#contact };
    const dialog = dialogAsUas(this.transaction.request, local, 'early');
    return dialog instanceof Dialog ? dialog : undefined;
  }

  #options(content: RequestContent): ResponseOptions {
    const headers: HeaderField[] = [[Header.Contact, this.#contact], ...(content.headers ?? [])];
    return {
      toTag: this.localTag,
      headers,
      ...(content.contentType === undefined ? {} : { contentType: content.contentType }),
      ...(content.body === undefined ? {} : { body: content.body }),
    };
  }

  #respond(statusCode: number, options: ResponseOptions): string {
    const { transaction } = this;
    const raw = buildResponse(transaction.request, statusCode, options);
    this.#context.effects.push({ type: 'respond', transaction, statusCode, raw });
    return raw;
  }
}
