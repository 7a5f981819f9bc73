import { Header, type HeaderField, type SipResponse } from '@ringdown/sip-message';
import { type Expirable, NO_TIMER, type TransactionFlow } from '@ringdown/sip-transaction';
import { Dialog, dialogAsUac } from './dialog.js';
import { draftInitial, type InitialRequest } from './initial-request.js';
import { InviteSession } from './invite-session.js';
import { retried } from './retried-request.js';
import { OutgoingRequest, type RequestOwner, type UserAgentContext } from './user-agent-effect.js';

/** calling: nothing but 100 has come; established: at least one 2xx has. */
export type InviteClientState = 'calling' | 'proceeding' | 'established' | 'failed';

/** More early dialogs than any forking makes. */
const maxEarlyDialogs = 64;

/**
 * The caller's side of an INVITE outside a dialog (RFC 3261 §13.2): early dialogs, one session for each 2xx of a forked
 * INVITE, CANCEL.
 */
export class InviteClient<F extends TransactionFlow> implements RequestOwner, Expirable {
  state: InviteClientState = 'calling';
  /** By To tag. */
  readonly earlyDialogs = new Map<string, Dialog>();
  readonly #context: UserAgentContext<F>;
  readonly #contact: string;
  readonly #sessions = new Map<string, InviteSession<F>>();
  #request: OutgoingRequest;
  #cancelling = false;
  #provisional = false;
  #cancelDeadline = NO_TIMER;

  /** `contact` is the value of this side's Contact. */
  constructor(context: UserAgentContext<F>, initial: InitialRequest, contact: string) {
    this.#context = context;
    this.#contact = contact;
    const headers: HeaderField[] = [[Header.Contact, contact], ...(initial.headers ?? [])];
    this.#request = new OutgoingRequest(draftInitial('INVITE', { ...initial, headers }), this);
  }

  /** The INVITE as it was sent last. */
  get request(): OutgoingRequest {
    return this.#request;
  }

  get cancelling(): boolean {
    return this.#cancelling;
  }

  start(): void {
    this.#context.effects.push({ type: 'request', request: this.#request });
  }

  /** Gives up. A 2xx that crosses the CANCEL is acknowledged and hung up. Nothing after a final response. */
  cancel(now: number, headers: readonly HeaderField[] = []): 'cancelling' | 'ignored-final' | 'ignored-repeated' {
    if (this.state === 'established' || this.state === 'failed') return 'ignored-final';
    if (this.#cancelling) return 'ignored-repeated';
    this.#cancelling = true;
    // RFC 3261 §9.1: the transaction layer holds the CANCEL back until a provisional response has come.
    this.#context.effects.push({ type: 'cancel', request: this.#request, headers });
    if (this.#provisional) this.#armCancelDeadline(now);
    return 'cancelling';
  }

  receiveResponse(now: number, request: OutgoingRequest, response: SipResponse): void {
    if (response.statusCode < 200) this.#receiveProvisional(now, response);
    else if (response.statusCode < 300) this.#receiveAccepted(now, request, response);
    else if (request === this.#request) this.#fail(response.statusCode, response);
  }

  requestFailed(_now: number, request: OutgoingRequest, statusCode: 408 | 503): void {
    if (request === this.#request) this.#fail(statusCode, undefined);
  }

  retry(_now: number, request: OutgoingRequest, headers: readonly HeaderField[]): void {
    if (request !== this.#request || this.state === 'established' || this.state === 'failed') return;
    if (this.#cancelling) {
      this.#fail(487, undefined);
      return;
    }
    // RFC 3261 §8.1.3.5 and §22.2: same Call-ID, To and From, a higher CSeq.
    this.#request = new OutgoingRequest(retried(request.draft, request.draft.cseq + 1, headers), this);
    this.state = 'calling';
    this.#provisional = false;
    this.#endEarlyDialogs();
    this.start();
  }

  expire(_now: number): void {
    this.#cancelDeadline = NO_TIMER;
    // RFC 3261 §9.1: without a final response in 64*T1 after the CANCEL, the INVITE counts as cancelled.
    this.#context.effects.push({ type: 'abandon', request: this.#request });
    this.#fail(487, undefined);
  }

  #receiveProvisional(now: number, response: SipResponse): void {
    if (this.state === 'established' || this.state === 'failed') return;
    if (!this.#provisional && this.#cancelling) this.#armCancelDeadline(now);
    this.#provisional = true;
    if (response.statusCode === 100) return;
    this.state = 'proceeding';
    const dialog = this.#earlyDialog(response);
    this.#context.effects.push({ type: 'provisional', call: this, response, dialog });
  }

  #earlyDialog(response: SipResponse): Dialog | undefined {
    const { toTag } = response;
    // RFC 3261 §12.1: only a provisional response with a To tag makes an early dialog.
    if (toTag === undefined) return undefined;
    const known = this.earlyDialogs.get(toTag);
    if (known !== undefined || this.earlyDialogs.size === maxEarlyDialogs) return known;
    const dialog = dialogAsUac(this.#request.draft, response, this.#contact);
    if (!(dialog instanceof Dialog)) return undefined;
    this.earlyDialogs.set(dialog.remoteTag, dialog);
    return dialog;
  }

  #receiveAccepted(now: number, request: OutgoingRequest, response: SipResponse): void {
    const toTag = response.toTag ?? '';
    const known = this.#sessions.get(toTag);
    if (known !== undefined) {
      // RFC 3261 §13.2.2.4: the ACK goes out again for every 2xx that comes again.
      known.acknowledgeAgain(request.draft.cseq);
      return;
    }
    const early = this.earlyDialogs.get(toTag);
    early?.confirm(response);
    const dialog = early ?? dialogAsUac(request.draft, response, this.#contact);
    if (!(dialog instanceof Dialog)) {
      // Without a Contact there is nowhere to send the ACK to: the callee gives up by itself (§13.3.1.4).
      if (this.state !== 'established') this.#fail(502, response);
      return;
    }
    const unwanted = this.#cancelling || this.state === 'failed';
    const session = new InviteSession(this.#context, dialog);
    this.#sessions.set(toTag, session);
    session.beginAsCaller(request, request.draft.body !== '' || unwanted);
    if (unwanted) {
      // RFC 3261 §13.2.2.4 and §15: a 2xx that crossed the CANCEL is acknowledged and hung up.
      session.hangUpUnwanted(now);
      if (this.state !== 'failed') this.#fail(487, undefined);
      return;
    }
    this.state = 'established';
    this.#endEarlyDialogs(dialog);
    this.#context.effects.push({ type: 'established', call: this, session, response });
  }

  #fail(statusCode: number, response: SipResponse | undefined): void {
    if (this.state === 'established' || this.state === 'failed') return;
    this.state = 'failed';
    this.#context.wheel.cancel(this.#cancelDeadline);
    this.#cancelDeadline = NO_TIMER;
    // RFC 3261 §12.3: a final response other than 2xx ends all early dialogs of the request.
    this.#endEarlyDialogs();
    this.#context.effects.push({ type: 'failed', call: this, statusCode, response });
  }

  /** Early dialogs stay confirmable for 64*T1 (RFC 3261 §13.2.2.4) while the call stands: only a failure ends them all. */
  #endEarlyDialogs(confirmed?: Dialog): void {
    if (confirmed !== undefined) {
      this.earlyDialogs.delete(confirmed.remoteTag);
      return;
    }
    for (const dialog of this.earlyDialogs.values()) dialog.state = 'terminated';
    this.earlyDialogs.clear();
  }

  #armCancelDeadline(now: number): void {
    const { wheel, timers } = this.#context;
    this.#cancelDeadline = wheel.schedule(now, timers.transactionTimeoutMs, this, 0);
  }
}
