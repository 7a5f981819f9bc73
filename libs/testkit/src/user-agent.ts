import { randomUUID } from 'node:crypto';
import {
  draftInitial,
  formatSipfrag,
  type InitialRequest,
  type InviteClient,
  type InviteServer,
  type Notifier,
  referTarget,
  sipfragType,
  type UserAgentEffect,
} from '@ringdown/sip-dialog';
import { Header, type HeaderField, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import type { TimerSettings } from '@ringdown/sip-transaction';
import { type Flow, formatHostPort, type HostPort, TcpPort, UdpPort } from '@ringdown/sip-transport';
import { MessageRecorder } from './recorder.js';
import { RecordingTransport } from './recorder-transport.js';
import { type CallContent, type CallSurroundings, type FollowedReferral, TestCall } from './user-agent-call.js';
import { UserAgentCredentials } from './user-agent-credentials.js';
import { UserAgentDriver } from './user-agent-driver.js';
import { UserAgentRequest } from './user-agent-request.js';
import { audioDescription } from './user-agent-sdp.js';
import { UserAgentWaits } from './user-agent-waits.js';

/** Who a test user agent is, and how it reaches others. */
export interface TestUserAgentOptions {
  readonly user: string;
  /** Default `example.com`. */
  readonly domain?: string;
  readonly password?: string;
  /** Where it differs from `user`. */
  readonly authenticationUser?: string;
  /** The address to bind; default 127.0.0.1. */
  readonly host?: string;
  readonly transport?: 'UDP' | 'TCP';
  /** Where requests outside dialogs go first, and requests to host names. */
  readonly outboundProxy?: HostPort;
  /** false: no Route header names the outbound proxy (RFC 3261 §8.1.2 wants one; many phones write none). */
  readonly preloadedRoute?: boolean;
  readonly timers?: TimerSettings;
  /** How long each promise waits. */
  readonly timeoutMs?: number;
}

const allow = 'INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, INFO, REFER, NOTIFY';
/** How long a referral's subscription lasts: longer than any test. */
const referralSec = 180;

/**
 * A SIP user agent for tests, over a socket of its own at a free port. It answers challenges, follows REFERs, accepts
 * re-INVITEs, MESSAGE, INFO and OPTIONS by itself, and records everything that it sends and receives.
 */
export class TestUserAgent {
  readonly recorder = new MessageRecorder();
  readonly addressOfRecord: string;
  /** Calls received, in order. */
  readonly incomingCalls: TestCall[] = [];
  /** Requests received that belong to no call's machine: MESSAGE, OPTIONS, INFO. */
  readonly requests: SipRequest[] = [];
  readonly referrals: FollowedReferral[] = [];
  /** Sessions of a forked call that were hung up since the call had one. */
  readonly surplusSessions: SipResponse[] = [];
  readonly #options: TestUserAgentOptions;
  readonly #driver: UserAgentDriver;
  readonly #waits: UserAgentWaits;
  readonly #recording: RecordingTransport;
  readonly #calls = new Map<InviteClient<Flow> | InviteServer<Flow>, TestCall>();
  readonly #registrationCallId = newCallId();
  #port: UdpPort | TcpPort | undefined;
  #registrationSequence = 0;
  #takenCalls = 0;

  private constructor(options: TestUserAgentOptions) {
    this.#options = options;
    this.addressOfRecord = `sip:${options.user}@${options.domain ?? 'example.com'}`;
    const { password, authenticationUser = options.user } = options;
    this.#waits = new UserAgentWaits(
      options.timeoutMs ?? 5_000,
      () => `${this.addressOfRecord} has recorded:\n${this.recorder.describe()}`,
    );
    this.#driver = new UserAgentDriver({
      name: options.user.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 32),
      transport: this.#transport,
      timers: options.timers ?? {},
      outboundProxy: options.outboundProxy,
      credentials: password === undefined ? undefined : new UserAgentCredentials(authenticationUser, password),
      contact: () => this.contact,
      told: (effect) => this.#told(effect),
      settled: () => this.#waits.check(),
    });
    this.#recording = new RecordingTransport(this.recorder, () => this.#driver.stack.events);
  }

  /** Binds a free port. Rejects with Node's error when it can't. */
  static async open(options: TestUserAgentOptions): Promise<TestUserAgent> {
    const agent = new TestUserAgent(options);
    const where = { host: options.host ?? '127.0.0.1', port: 0, events: agent.#recording.events };
    const port = await (agent.#transport === 'TCP' ? TcpPort.open(where) : UdpPort.open(where));
    agent.#port = port;
    agent.#driver.stack.addPort(agent.#transport, agent.#recording.port(port));
    return agent;
  }

  /** Where its socket is bound. */
  get address(): HostPort {
    if (this.#port === undefined) throw new Error('the user agent is not open');
    return this.#port.address;
  }

  /** The URI that reaches this socket. */
  get contactUri(): string {
    const parameter = this.#transport === 'TCP' ? ';transport=tcp' : '';
    return `sip:${this.#options.user}@${formatHostPort(this.address)}${parameter}`;
  }

  /** The value of its Contact. */
  get contact(): string {
    return `<${this.contactUri}>`;
  }

  /** Sends a REGISTER with this contact; resolves with the final answer, whatever it is. */
  register(expiresSec = 3_600, headers: readonly HeaderField[] = []): Promise<SipResponse> {
    // RFC 3261 §10.2: one Call-ID for all registrations, and a number that grows.
    this.#registrationSequence += 1;
    const uri = `sip:${this.addressOfRecord.slice(this.addressOfRecord.indexOf('@') + 1)}`;
    const contact: HeaderField = [Header.Contact, `${this.contact};expires=${expiresSec}`];
    return this.#request('REGISTER', {
      ...this.#initial(this.addressOfRecord, [contact, ...headers]),
      requestUri: uri,
      callId: this.#registrationCallId,
      cseq: this.#registrationSequence,
    });
  }

  unregister(): Promise<SipResponse> {
    return this.register(0);
  }

  options(uri: string, headers: readonly HeaderField[] = []): Promise<SipResponse> {
    return this.#request('OPTIONS', this.#initial(uri, headers));
  }

  message(uri: string, text: string, headers: readonly HeaderField[] = []): Promise<SipResponse> {
    return this.#request('MESSAGE', { ...this.#initial(uri, headers), contentType: 'text/plain', body: text });
  }

  /** Any request outside a dialog that makes none; resolves with the final answer. */
  request(method: string, uri: string, headers: readonly HeaderField[] = []): Promise<SipResponse> {
    return this.#request(method, this.#initial(uri, headers));
  }

  /** Sends an INVITE with an offer. `sdp` may be '': then the 2xx has the offer, and the ACK the answer. */
  call(uri: string, content: CallContent = {}): TestCall {
    const sdp = content.sdp ?? this.#sdp;
    const headers: HeaderField[] = [[Header.Allow, allow], ...(content.headers ?? [])];
    const initial = {
      ...this.#initial(uri, headers),
      ...(sdp === '' ? {} : { contentType: 'application/sdp', body: sdp }),
    };
    return this.#driver.act(() => {
      const machine = this.#driver.core.invite(initial, this.contact);
      const call = new TestCall(this.#surroundings, machine, sdp === '' ? this.#sdp : sdp);
      this.#calls.set(machine, call);
      return call;
    });
  }

  /** The next call received that was not taken before. */
  async nextCall(): Promise<TestCall> {
    const call = await this.#waits.until('a call received', () => this.incomingCalls[this.#takenCalls]);
    this.#takenCalls += 1;
    return call;
  }

  /** The first request with this method that belongs to no call's machine. */
  received(method: string): Promise<SipRequest> {
    return this.#waits.until(`a ${method} received`, () => this.requests.find((found) => found.method === method));
  }

  /** Resolves when the recorder's messages are so that `look` finds something. */
  until<T>(what: string, look: (recorder: MessageRecorder) => T | undefined): Promise<T> {
    return this.#waits.until(what, () => look(this.recorder));
  }

  /** Closes the socket. What still waits is rejected. */
  async close(): Promise<void> {
    this.#waits.close();
    this.#driver.stack.close();
    await this.#port?.close();
  }

  get #transport(): 'UDP' | 'TCP' {
    return this.#options.transport ?? 'UDP';
  }

  get #sdp(): string {
    return audioDescription({ host: this.address.host, port: 40_000 });
  }

  get #surroundings(): CallSurroundings {
    return { driver: this.#driver, waits: this.#waits, contact: this.contact };
  }

  #initial(uri: string, headers: readonly HeaderField[]): InitialRequest {
    const { outboundProxy, preloadedRoute = true } = this.#options;
    const parameter = this.#transport === 'TCP' ? ';transport=tcp' : '';
    const route = outboundProxy === undefined ? [] : [`<sip:${formatHostPort(outboundProxy)}${parameter};lr>`];
    return {
      requestUri: uri,
      to: uri,
      from: this.addressOfRecord,
      fromTag: this.#driver.stack.branches.nextTag(),
      callId: newCallId(),
      cseq: 1,
      routeSet: preloadedRoute ? route : [],
      headers,
    };
  }

  async #request(method: string, initial: InitialRequest): Promise<SipResponse> {
    const request = new UserAgentRequest(draftInitial(method, initial), (outgoing) => this.#driver.send(outgoing));
    request.start();
    const outcome = await this.#waits.until(`an answer to ${method}`, () => request.response ?? request.failure);
    if (method === 'REGISTER') this.#registrationSequence = request.request.draft.cseq;
    if (typeof outcome !== 'number') return outcome;
    throw new Error(`${method} to ${initial.requestUri} failed with ${outcome}\n${this.recorder.describe()}`);
  }

  #told(effect: UserAgentEffect<Flow>): void {
    switch (effect.type) {
      case 'incoming': {
        const call = new TestCall(this.#surroundings, effect.call, this.#sdp);
        this.#calls.set(effect.call, call);
        this.incomingCalls.push(call);
        return;
      }
      case 'cancelled':
        this.#callOf(effect.call)?.toldCancelled();
        return;
      case 'provisional':
        this.#callOf(effect.call)?.provisionals.push(effect.response);
        return;
      case 'established':
        this.#established(effect);
        return;
      case 'failed':
        this.#callOf(effect.call)?.toldFailed(effect.statusCode, effect.response);
        return;
      case 'incomingRequest':
        this.#answer(effect);
        return;
      case 'subscribe':
        this.#follow(effect.notifier);
        return;
      default:
        for (const call of this.#calls.values()) call.told(effect);
    }
  }

  #callOf(machine: InviteClient<Flow> | InviteServer<Flow>): TestCall | undefined {
    return this.#calls.get(machine);
  }

  #established(effect: Extract<UserAgentEffect<Flow>, { type: 'established' }>): void {
    const call = this.#callOf(effect.call);
    if (call !== undefined && call.session === undefined) {
      call.toldEstablished(effect.session, effect.response);
      return;
    }
    // RFC 3261 §13.2.2.4: a further 2xx of a forked INVITE: acknowledged, and hung up.
    this.surplusSessions.push(effect.response);
    this.#driver.act((now) => {
      effect.session.acknowledge();
      effect.session.bye(now);
    });
  }

  #answer(effect: Extract<UserAgentEffect<Flow>, { type: 'incomingRequest' }>): void {
    const { transaction, request, session } = effect;
    this.requests.push(request);
    const known = request.method === 'OPTIONS' || request.method === 'MESSAGE' || request.method === 'INFO';
    const options = { headers: [[Header.Allow, allow] as const] };
    if (session === undefined) this.#driver.stack.reply(transaction, known ? 200 : 405, options);
    else this.#driver.act((now) => session.answer(now, transaction, known ? 200 : 405, options));
  }

  #follow(notifier: Notifier<Flow>): void {
    const target = notifier.request.method === 'REFER' ? referTarget(notifier.request) : undefined;
    if (target === undefined) {
      this.#driver.act(() => notifier.reject(notifier.request.method === 'REFER' ? 400 : 489));
      return;
    }
    const progress = { contentType: sipfragType, body: formatSipfrag(100) };
    const grant = { state: 'active', expiresSec: referralSec, statusCode: 202 } as const;
    this.#driver.act((now) => notifier.accept(now, grant, progress));
    const call = this.call(target);
    this.referrals.push({ notifier, call });
    const tell = (statusCode: number): void => {
      const content = { contentType: sipfragType, body: formatSipfrag(statusCode) };
      this.#driver.act(() => notifier.terminate('noresource', content));
    };
    call.whenDecided(tell);
  }
}

function newCallId(): string {
  return randomUUID();
}
