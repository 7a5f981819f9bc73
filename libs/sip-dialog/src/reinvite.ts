import type { SipResponse } from '@ringdown/sip-message';
import { type Expirable, NO_TIMER, type TransactionFlow } from '@ringdown/sip-transaction';
import type { RequestContent } from './dialog.js';
import { glareDelayMs } from './glare.js';
import type { InviteSession } from './invite-session.js';
import { OutgoingRequest, type UserAgentContext } from './user-agent-effect.js';

/** This side's re-INVITE (RFC 3261 §14.1), one at a time, with the wait after a 491. */
export class Reinvite<F extends TransactionFlow> implements Expirable {
  readonly #context: UserAgentContext<F>;
  readonly #session: InviteSession<F>;
  #content: RequestContent | undefined;
  #request: OutgoingRequest | undefined;
  #glare = NO_TIMER;
  #blocked = false;

  constructor(context: UserAgentContext<F>, session: InviteSession<F>) {
    this.#context = context;
    this.#session = session;
  }

  /** Under way, or waiting to be sent again. */
  get pending(): boolean {
    return this.#content !== undefined;
  }

  /** Sent and without its final response. */
  get inProgress(): boolean {
    return this.#request !== undefined;
  }

  start(_now: number, content: RequestContent): void {
    this.#content = content;
    this.#send();
  }

  /** A retry took the place of the request. */
  replaced(request: OutgoingRequest, again: OutgoingRequest): void {
    if (this.#request === request) this.#request = again;
  }

  receiveFinal(now: number, request: OutgoingRequest, response: SipResponse): void {
    const { statusCode } = response;
    if (request !== this.#request) {
      // RFC 3261 §13.2.2.4: a 2xx that comes again brings its ACK again.
      if (statusCode < 300) this.#session.acknowledgeAgain(request.draft.cseq);
      return;
    }
    this.#request = undefined;
    if (statusCode === 491 && this.#session.state === 'established') {
      const delayMs = glareDelayMs(this.#session.dialog.role === 'uac', this.#context.random());
      this.#glare = this.#context.wheel.schedule(now, delayMs, this, 0);
      return;
    }
    if (statusCode < 300) {
      this.#session.dialog.refreshTarget(response);
      this.#session.keepAcknowledgement(request.draft);
      if (request.draft.body !== '' || this.#session.state !== 'established') {
        this.#session.acknowledge({}, request.draft.cseq);
      }
    }
    this.#conclude(statusCode, response);
  }

  failed(_now: number, request: OutgoingRequest, statusCode: 408 | 503): void {
    if (request !== this.#request) return;
    this.#request = undefined;
    this.#conclude(statusCode, undefined);
  }

  expire(_now: number): void {
    this.#glare = NO_TIMER;
    // RFC 3261 §14.1: the re-INVITE is attempted once more, if it is still wanted; not while the peer's is under way.
    if (this.#session.reinviteMayBeSent()) this.#send();
    else this.#blocked = true;
  }

  /** The peer's INVITE is over: what waited for that may be sent. */
  mayGoOn(_now: number): void {
    if (!this.#blocked || !this.#session.reinviteMayBeSent()) return;
    this.#blocked = false;
    this.#send();
  }

  stop(): void {
    this.#context.wheel.cancel(this.#glare);
    this.#glare = NO_TIMER;
    this.#content = undefined;
    this.#blocked = false;
  }

  #send(): void {
    if (this.#content === undefined) return;
    this.#request = new OutgoingRequest(this.#session.dialog.nextRequest('INVITE', this.#content), this.#session);
    this.#context.effects.push({ type: 'request', request: this.#request });
  }

  #conclude(statusCode: number, response: SipResponse | undefined): void {
    this.#content = undefined;
    this.#context.effects.push({ type: 'reinvited', session: this.#session, statusCode, response });
    // RFC 3261 §14.1: a re-INVITE refused with another code than these leaves the session as it was.
    if (statusCode === 481 || statusCode === 408) this.#session.dialogGone();
  }
}
