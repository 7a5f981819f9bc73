import {
  type EndCause,
  type InviteClient,
  InviteServer,
  type InviteSession,
  type Notifier,
  type RequestContent,
  type Subscription,
  sipfragStatusCode,
  type UserAgentEffect,
} from '@ringdown/sip-dialog';
import { Header, type HeaderField, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import type { InviteServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { UserAgentDriver } from './user-agent-driver.js';
import { answeringDirection, directionIn, redirected } from './user-agent-sdp.js';
import type { UserAgentWaits } from './user-agent-waits.js';

/** What a call needs of its user agent. */
export interface CallSurroundings {
  readonly driver: UserAgentDriver;
  readonly waits: UserAgentWaits;
  /** The value of the user agent's Contact. */
  readonly contact: string;
}

/** Headers and a session description, where a test gives them. */
export interface CallContent {
  readonly sdp?: string;
  readonly headers?: readonly HeaderField[];
}

/** A REFER sent: what its NOTIFYs told last, and how it ended. */
interface Referral {
  readonly subscription: Subscription<Flow>;
  told: number | undefined;
  ended: number | undefined;
}

const sdpType = 'application/sdp';

/** One call of a test user agent, made or received. Promises reject with the recorded messages when nothing comes. */
export class TestCall {
  readonly direction: 'outgoing' | 'incoming';
  readonly provisionals: SipResponse[] = [];
  /** re-INVITEs received, and answered. */
  readonly reinvites: SipRequest[] = [];
  session: InviteSession<Flow> | undefined;
  /** What this side last described of itself, and the other side of itself. */
  localSdp: string;
  remoteSdp: string | undefined;
  acceptance: SipResponse | undefined;
  acknowledgement: SipRequest | undefined;
  failure: { readonly statusCode: number; readonly response: SipResponse | undefined } | undefined;
  endCause: EndCause | undefined;
  cancelled = false;
  readonly #with: CallSurroundings;
  readonly #machine: InviteClient<Flow> | InviteServer<Flow>;
  readonly #reinvited: { readonly statusCode: number; readonly response: SipResponse | undefined }[] = [];
  #offered: string | undefined;
  #decided: ((statusCode: number) => void) | undefined;
  #referral: Referral | undefined;

  constructor(surroundings: CallSurroundings, machine: InviteClient<Flow> | InviteServer<Flow>, sdp: string) {
    this.#with = surroundings;
    this.#machine = machine;
    this.localSdp = sdp;
    this.direction = machine instanceof InviteServer ? 'incoming' : 'outgoing';
    if (machine instanceof InviteServer && machine.transaction.request.body !== '') {
      this.remoteSdp = machine.transaction.request.body;
    }
  }

  /** The INVITE received; undefined for a call made. */
  get request(): SipRequest | undefined {
    return this.#machine instanceof InviteServer ? this.#machine.transaction.request : undefined;
  }

  get callId(): string {
    if (this.#machine instanceof InviteServer) return this.#machine.transaction.request.callId;
    const callId = this.#machine.request.draft.headers.find(([name]) => name === Header.CallId);
    return callId?.[1] ?? '';
  }

  // The caller's side.

  /** The first provisional response with this code. */
  provisional(statusCode = 180): Promise<SipResponse> {
    return this.#until(`a ${statusCode}`, () => this.provisionals.find((found) => found.statusCode === statusCode));
  }

  /** The 2xx of a call made, the ACK of one received. Rejects at once when the call fails or is cancelled. */
  async established(): Promise<SipResponse | SipRequest> {
    const accepted = await this.#until('an established session', () => {
      const found = this.direction === 'outgoing' ? this.acceptance : this.acknowledgement;
      if (found !== undefined) return found;
      if (this.failure !== undefined) return `failed with ${this.failure.statusCode}`;
      return this.cancelled ? 'was cancelled' : undefined;
    });
    if (typeof accepted === 'string') throw this.#with.waits.error(`call ${this.callId} ${accepted}`);
    return accepted;
  }

  failed(): Promise<NonNullable<TestCall['failure']>> {
    return this.#until('a failed call', () => this.failure);
  }

  cancel(headers: readonly HeaderField[] = []): void {
    const machine = this.#machine;
    if (machine instanceof InviteServer) throw new Error('a call received is rejected, not cancelled');
    this.#with.driver.act((now) => machine.cancel(now, headers));
  }

  // The callee's side.

  ring(statusCode = 180, content: CallContent = {}): void {
    const machine = this.#callee();
    this.#with.driver.act((now) => machine.ring(now, statusCode, contentOf(content, undefined)));
  }

  answer(content: CallContent = {}): void {
    const machine = this.#callee();
    this.localSdp = content.sdp ?? this.localSdp;
    this.session = this.#with.driver.act((now) => machine.accept(now, contentOf(content, this.localSdp)));
  }

  reject(statusCode = 486, headers: readonly HeaderField[] = []): void {
    const machine = this.#callee();
    this.#with.driver.act(() => machine.reject(statusCode, { headers }));
  }

  /** Resolves when the caller has given up. */
  async whenCancelled(): Promise<void> {
    await this.#until('a CANCEL', () => (this.cancelled ? true : undefined));
  }

  // Both sides.

  /** Hangs up; resolves when the BYE has been answered. */
  async bye(headers: readonly HeaderField[] = []): Promise<EndCause> {
    const session = this.#established();
    this.#with.driver.act((now) => session.bye(now, headers));
    return await this.ended();
  }

  /** Resolves when the session is over, at whose wish it may be. */
  ended(): Promise<EndCause> {
    return this.#until('the end of the session', () => this.endCause);
  }

  /** Offers `sendonly` (RFC 3264 §8.4); resolves with the answer to the re-INVITE. */
  hold(): Promise<SipResponse> {
    return this.reinvite({ sdp: redirected(this.localSdp, 'sendonly') });
  }

  resume(): Promise<SipResponse> {
    return this.reinvite({ sdp: redirected(this.localSdp, 'sendrecv') });
  }

  /** Resolves with the final answer to the re-INVITE, whatever it is; rejects when none comes. */
  async reinvite(content: CallContent): Promise<SipResponse> {
    const session = this.#established();
    const before = this.#reinvited.length;
    this.#offered = content.sdp;
    const outcome = this.#with.driver.act((now) => session.reinvite(now, contentOf(content, undefined)));
    if (outcome !== 'sent') throw new Error(`the re-INVITE was not sent: ${outcome}`);
    const { statusCode, response } = await this.#until('an answer to the re-INVITE', () => this.#reinvited[before]);
    if (response === undefined) throw new Error(`the re-INVITE failed with ${statusCode}`);
    return response;
  }

  /**
   * Asks the other side to call `uri` (RFC 3515). Resolves with the status code that the last NOTIFY tells, or with that of
   * the answer which refused the REFER.
   */
  refer(uri: string, headers: readonly HeaderField[] = []): Promise<number> {
    const { driver, contact } = this.#with;
    const { dialog } = this.#established();
    const referTo: HeaderField = [Header.ReferTo, `<${uri}>`];
    const wanted = {
      method: 'REFER',
      event: 'refer',
      expiresSec: undefined,
      contact,
      headers: [referTo, ...headers],
    } as const;
    const subscription = driver.act((now) => driver.core.subscribe(now, wanted, dialog));
    const referral: Referral = { subscription, told: undefined, ended: undefined };
    this.#referral = referral;
    return this.#until('the outcome of the REFER', () => referral.ended);
  }

  // What the user agent tells its call.

  toldEstablished(session: InviteSession<Flow>, response: SipResponse): void {
    this.session = session;
    this.acceptance = response;
    this.remoteSdp = response.body === '' ? this.remoteSdp : response.body;
    // RFC 3261 §13.2.2.4: the offer was in the 2xx, so the answer goes into the ACK. Sent before where there was one.
    this.#with.driver.act(() => session.acknowledge({ contentType: sdpType, body: this.localSdp }));
    this.#decided?.(response.statusCode);
  }

  #toldReinvited(statusCode: number, response: SipResponse | undefined): void {
    if (statusCode < 300) {
      this.localSdp = this.#offered ?? this.localSdp;
      if (response !== undefined && response.body !== '') this.remoteSdp = response.body;
      this.#with.driver.act(() => this.session?.acknowledge({ contentType: sdpType, body: this.localSdp }));
    }
    this.#reinvited.push({ statusCode, response });
  }

  /** Accepts the re-INVITE, in the direction that its offer leaves (RFC 3264 §6.1). */
  #answerReinvite(session: InviteSession<Flow>, transaction: InviteServerTransaction<Flow>): void {
    const { request } = transaction;
    this.reinvites.push(request);
    if (request.body !== '') {
      this.remoteSdp = request.body;
      this.localSdp = redirected(this.localSdp, answeringDirection(directionIn(request.body)));
    }
    const options = { contentType: sdpType, body: this.localSdp };
    this.#with.driver.act((now) => session.answer(now, transaction, 200, options));
  }

  toldCancelled(): void {
    this.cancelled = true;
  }

  toldFailed(statusCode: number, response: SipResponse | undefined): void {
    this.failure = { statusCode, response };
    this.#decided?.(statusCode);
  }

  /** Calls `decided` with the status code of the final answer to the INVITE, once it comes. */
  whenDecided(decided: (statusCode: number) => void): void {
    this.#decided = decided;
  }

  /** Takes what is about this call's session or REFER; the rest is other calls'. */
  told(effect: UserAgentEffect<Flow>): void {
    if ('session' in effect && (effect.session === undefined || effect.session !== this.session)) return;
    switch (effect.type) {
      case 'acknowledged':
        this.acknowledgement = effect.request;
        if (effect.request.body !== '') this.remoteSdp = effect.request.body;
        return;
      case 'reinvite':
        this.#answerReinvite(effect.session, effect.transaction);
        return;
      case 'reinvited':
        this.#toldReinvited(effect.statusCode, effect.response);
        return;
      case 'ended':
        this.endCause = effect.cause;
        return;
      case 'notified':
        if (this.#referral?.subscription === effect.subscription) {
          this.#referral.told = sipfragStatusCode(effect.request.body) ?? this.#referral.told;
        }
        return;
      case 'subscriptionEnded':
        if (this.#referral?.subscription === effect.subscription) {
          this.#referral.ended = effect.statusCode ?? this.#referral.told ?? 408;
        }
        return;
      default:
    }
  }

  #callee(): InviteServer<Flow> {
    if (this.#machine instanceof InviteServer) return this.#machine;
    throw new Error('only a call received can be answered');
  }

  #established(): InviteSession<Flow> {
    if (this.session === undefined) throw new Error('the call has no session yet: wait for established()');
    return this.session;
  }

  #until<T>(what: string, look: () => T | undefined): Promise<T> {
    return this.#with.waits.until(`call ${this.callId}, ${what}`, look);
  }
}

/** A REFER that a test user agent accepted, and the call it made for it. */
export interface FollowedReferral {
  readonly notifier: Notifier<Flow>;
  readonly call: TestCall;
}

function contentOf(content: CallContent, fallback: string | undefined): RequestContent {
  const body = content.sdp ?? fallback;
  const headers = content.headers ?? [];
  return body === undefined ? { headers } : { headers, contentType: sdpType, body };
}
