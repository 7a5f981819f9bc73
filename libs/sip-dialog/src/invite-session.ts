import {
  buildResponse,
  Header,
  type HeaderField,
  type ResponseOptions,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip-message';
import type { InviteServerTransaction, ServerTransaction, TransactionFlow } from '@ringdown/sip-transaction';
import { AcceptedResponse } from './accepted-response.js';
import type { Dialog, RequestContent, RequestDraft } from './dialog.js';
import { overlapRetryAfterSec } from './glare.js';
import { OwedAcknowledgements } from './owed-acknowledgements.js';
import { Reinvite } from './reinvite.js';
import { retried } from './retried-request.js';
import { SessionTimer } from './session-timer.js';
import { targetRefreshing } from './target-refresh.js';
import { type EndCause, OutgoingRequest, type RequestOwner, type UserAgentContext } from './user-agent-effect.js';

/** ending: our BYE is under way, or waits for the ACK without which it must not go (RFC 3261 §15). */
export type InviteSessionState = 'established' | 'ending' | 'ended';

/** An established session in its confirmed dialog, at either side: ACK, re-INVITE, BYE and what else comes within it. */
export class InviteSession<F extends TransactionFlow> implements RequestOwner {
  state: InviteSessionState = 'established';
  readonly dialog: Dialog;
  readonly #context: UserAgentContext<F>;
  readonly #reinvite: Reinvite<F>;
  /** RFC 4028: idle until it is started. */
  readonly timer: SessionTimer<F>;
  readonly #acknowledgements: OwedAcknowledgements<F>;
  /** Our 2xx that wait for their ACKs, by sequence number. */
  readonly #accepted = new Map<number, AcceptedResponse<F>>();
  #incomingInvite: InviteServerTransaction<F> | undefined;
  #byeHeaders: readonly HeaderField[] | undefined;
  #cause: EndCause = 'bye-sent';

  constructor(context: UserAgentContext<F>, dialog: Dialog) {
    this.#context = context;
    this.dialog = dialog;
    this.#reinvite = new Reinvite(context, this);
    this.timer = new SessionTimer(context, this);
    this.#acknowledgements = new OwedAcknowledgements(context, dialog);
    context.directory.addSession(this);
  }

  /** The caller's beginning: the INVITE had a 2xx. With `acknowledge` the ACK goes out at once. */
  beginAsCaller(request: OutgoingRequest, acknowledge: boolean): void {
    this.keepAcknowledgement(request.draft);
    if (acknowledge) this.acknowledge({}, request.draft.cseq);
  }

  /** The callee's beginning: sends the 2xx until its ACK comes. */
  beginAsCallee(
    now: number,
    transaction: InviteServerTransaction<F>,
    response: { readonly statusCode: number; readonly raw: string },
  ): void {
    const cseq = transaction.request.cseq.number;
    const accepted = new AcceptedResponse(this.#context, transaction, response, (at) => this.#unacknowledged(at, cseq));
    this.#accepted.set(cseq, accepted);
    accepted.start(now);
  }

  /** Notes that our INVITE had a 2xx, whose ACK is owed. */
  keepAcknowledgement(invite: RequestDraft): void {
    this.#acknowledgements.keep(invite);
  }

  /**
   * Sends the ACK for the 2xx to our latest INVITE (or to the one with this number); where that carried no offer, the
   * answer goes in here. False when it was sent before: ACKs don't change.
   */
  acknowledge(content: RequestContent = {}, cseq?: number): boolean {
    return this.#acknowledgements.send(content, cseq);
  }

  /** A 2xx came again: so does its ACK (RFC 3261 §13.2.2.4). False where there is none for it. */
  acknowledgeAgain(cseq: number): boolean {
    return this.#acknowledgements.sendAgain(cseq);
  }

  /** Ends the session. The BYE waits while our 2xx has no ACK (RFC 3261 §15). */
  bye(_now: number, headers: readonly HeaderField[] = []): 'sent' | 'awaiting-acknowledgement' | 'ignored-ended' {
    if (this.state !== 'established') return 'ignored-ended';
    this.#beginToEnd();
    this.#byeHeaders = headers;
    if (this.#accepted.size > 0) return 'awaiting-acknowledgement';
    this.#sendBye();
    return 'sent';
  }

  /** Ends a session that nobody wants any more, as a 2xx that crossed a CANCEL makes. */
  hangUpUnwanted(now: number): void {
    this.#cause = 'never-wanted';
    this.bye(now);
  }

  /** Begins a re-INVITE; the outcome is a `reinvited` effect. Refused while another INVITE is under way (RFC 3261 §14.1). */
  reinvite(now: number, content: RequestContent): 'sent' | 'refused-pending' | 'refused-ended' {
    if (this.state !== 'established') return 'refused-ended';
    if (this.#reinvite.pending || !this.reinviteMayBeSent()) return 'refused-pending';
    this.#reinvite.start(now, content);
    return 'sent';
  }

  /** RFC 3261 §14.1: no new INVITE while one of the peer's is in progress, its ACK included. */
  reinviteMayBeSent(): boolean {
    return this.state === 'established' && this.#incomingInvite === undefined && this.#accepted.size === 0;
  }

  /** Sends another request within the dialog; the outcome is an `answered` effect. undefined once the session ends. */
  request(method: string, content: RequestContent = {}): OutgoingRequest | undefined {
    if (this.state !== 'established') return undefined;
    const request = new OutgoingRequest(this.dialog.nextRequest(method, content, targetRefreshing(method)), this);
    this.#context.effects.push({ type: 'request', request });
    return request;
  }

  /** Answers a re-INVITE or another request of the peer's that was handed out as an effect. */
  answer(now: number, transaction: ServerTransaction<F>, statusCode: number, options: ResponseOptions = {}): void {
    const { request } = transaction;
    const refreshes = targetRefreshing(request.method);
    const accepts = statusCode >= 200 && statusCode < 300;
    // RFC 3261 §12.2.2: an accepted request changes all the state it asks for, a refused one none.
    if (refreshes && accepts) this.dialog.refreshTarget(request);
    const contact: HeaderField[] =
      refreshes && statusCode > 100 && statusCode < 300 ? [[Header.Contact, this.dialog.localContact]] : [];
    const raw = buildResponse(request, statusCode, { ...options, headers: [...contact, ...(options.headers ?? [])] });
    if (transaction.kind === 'invite-server') {
      if (statusCode >= 200 && this.#incomingInvite === transaction) this.#incomingInvite = undefined;
      if (accepts) {
        this.beginAsCallee(now, transaction, { statusCode, raw });
        return;
      }
    }
    this.#context.effects.push({ type: 'respond', transaction, statusCode, raw });
    this.#reinvite.mayGoOn(now);
  }

  /** A request within the dialog that is in order; neither ACK nor CANCEL. */
  receiveRequest(transaction: ServerTransaction<F>): void {
    const { request } = transaction;
    if (request.method === 'BYE') {
      this.#receiveBye(transaction);
    } else if (this.state !== 'established') {
      // RFC 3261 §15.1.1: the session is over once the BYE is sent.
      this.#refuse(transaction, 481);
    } else if (transaction.kind === 'invite-server') {
      this.#receiveInvite(transaction);
    } else {
      const { dialog } = this;
      this.#context.effects.push({ type: 'incomingRequest', transaction, request, dialog, session: this });
    }
  }

  receiveAck(now: number, request: SipRequest): void {
    const accepted = this.#accepted.get(request.cseq.number);
    if (accepted === undefined) return;
    accepted.stop();
    this.#accepted.delete(request.cseq.number);
    this.#context.effects.push({ type: 'acknowledged', session: this, request });
    if (this.state === 'ending' && this.#byeHeaders !== undefined && this.#accepted.size === 0) this.#sendBye();
    else this.#reinvite.mayGoOn(now);
  }

  /** A CANCEL for the peer's re-INVITE (RFC 3261 §9.2). */
  receiveCancel(now: number, cancel: ServerTransaction<F>, invite: InviteServerTransaction<F>): void {
    this.#refuse(cancel, 200);
    if (this.#incomingInvite !== invite) return;
    this.#incomingInvite = undefined;
    this.#refuse(invite, 487);
    this.#reinvite.mayGoOn(now);
  }

  receiveResponse(now: number, request: OutgoingRequest, response: SipResponse): void {
    const { statusCode } = response;
    if (statusCode < 200) return;
    if (request.draft.method === 'INVITE') {
      this.#reinvite.receiveFinal(now, request, response);
      return;
    }
    if (statusCode < 300 && targetRefreshing(request.draft.method)) this.dialog.refreshTarget(response);
    this.#concluded(now, request, statusCode, response);
  }

  requestFailed(now: number, request: OutgoingRequest, statusCode: 408 | 503): void {
    if (request.draft.method === 'INVITE') this.#reinvite.failed(now, request, statusCode);
    else this.#concluded(now, request, statusCode, undefined);
  }

  retry(_now: number, request: OutgoingRequest, headers: readonly HeaderField[]): void {
    if (this.state === 'ended') return;
    // RFC 3261 §22.2: the dialog's next number.
    this.dialog.localSequence = (this.dialog.localSequence ?? 0) + 1;
    const again = new OutgoingRequest(retried(request.draft, this.dialog.localSequence, headers), this);
    if (request.draft.method === 'INVITE') this.#reinvite.replaced(request, again);
    this.#context.effects.push({ type: 'request', request: again });
  }

  /** RFC 3261 §12.2.1.2: after a 481, a 408 or no answer at all the dialog is to be ended. */
  dialogGone(): void {
    if (this.state !== 'established') return;
    this.#cause = 'dialog-gone';
    this.#beginToEnd();
    this.#sendBye();
  }

  /** RFC 4028 §10: nobody has refreshed the session in time. */
  expired(_now: number): void {
    if (this.state !== 'established') return;
    this.#cause = 'session-expired';
    this.#beginToEnd();
    this.#byeHeaders = [[Header.Reason, 'SIP;cause=408;text="The session was not refreshed"']];
    this.#sendBye();
  }

  #beginToEnd(): void {
    this.state = 'ending';
    this.#reinvite.stop();
    this.timer.stop();
  }

  #concluded(_now: number, request: OutgoingRequest, statusCode: number, response: SipResponse | undefined): void {
    if (request.draft.method === 'BYE') {
      // RFC 3261 §15.1.1: whatever the answer, 481, 408 and none among them, the session and dialog are over.
      this.#end(this.#cause);
      return;
    }
    this.#context.effects.push({ type: 'answered', session: this, request, statusCode, response });
    if (statusCode === 481 || statusCode === 408) this.dialogGone();
  }

  #receiveInvite(transaction: InviteServerTransaction<F>): void {
    if (this.#incomingInvite !== undefined) {
      // RFC 3261 §14.2: a second INVITE before the first has its final response: 500 with Retry-After.
      const retryAfterSec = overlapRetryAfterSec(this.#context.random());
      this.#refuse(transaction, 500, [[Header.RetryAfter, String(retryAfterSec)]]);
      return;
    }
    // RFC 3261 §14.2: an INVITE that meets one of ours gets 491. So does one that comes before the answer to the offer in
    // our 2xx, since two offers must not be open at once (RFC 5407 §3.1.5).
    if (this.#reinvite.inProgress || this.#offerIsOpen()) {
      this.#refuse(transaction, 491);
      return;
    }
    this.#incomingInvite = transaction;
    this.#context.effects.push({ type: 'reinvite', session: this, transaction });
  }

  #offerIsOpen(): boolean {
    for (const accepted of this.#accepted.values()) {
      if (accepted.transaction.request.body === '') return true;
    }
    return false;
  }

  #receiveBye(bye: ServerTransaction<F>): void {
    this.#refuse(bye, 200);
    const pending = this.#incomingInvite;
    if (pending !== undefined) {
      // RFC 3261 §15.1.2: requests still pending in the dialog get 487.
      this.#incomingInvite = undefined;
      this.#refuse(pending, 487);
    }
    this.#end('bye-received');
  }

  #refuse(transaction: ServerTransaction<F>, statusCode: number, headers: readonly HeaderField[] = []): void {
    const raw = buildResponse(transaction.request, statusCode, { headers });
    this.#context.effects.push({ type: 'respond', transaction, statusCode, raw });
  }

  #unacknowledged(_now: number, cseq: number): void {
    this.#accepted.delete(cseq);
    if (this.state === 'ended') return;
    // RFC 3261 §13.3.1.4: no ACK in 64*T1: the dialog stays confirmed, and the session is ended with a BYE.
    this.#cause = 'no-acknowledgement';
    this.#beginToEnd();
    this.#sendBye();
  }

  #sendBye(): void {
    for (const accepted of this.#accepted.values()) accepted.stop();
    this.#accepted.clear();
    const draft = this.dialog.nextRequest('BYE', { headers: this.#byeHeaders ?? [] }, false);
    this.#byeHeaders = undefined;
    this.#context.effects.push({ type: 'request', request: new OutgoingRequest(draft, this) });
  }

  #end(cause: EndCause): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.#reinvite.stop();
    this.timer.stop();
    for (const accepted of this.#accepted.values()) accepted.stop();
    this.#accepted.clear();
    this.#context.directory.removeSession(this);
    this.#context.effects.push({ type: 'ended', session: this, cause });
  }
}
