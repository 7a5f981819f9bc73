import type { InitialRequest, InviteClient, InviteSession, UserAgentEffect } from '@ringdown/sip-dialog';
import type { HeaderField, SipRequest } from '@ringdown/sip-message';
import type { SipStack, TransactionUser } from '@ringdown/sip-runtime';
import type { Flow, InProcessSipLinkClient } from '@ringdown/sip-transport';
import { UserAgentDriver } from '../adapters/sip/user-agent-driver.js';

type Effect = UserAgentEffect<Flow>;
type Told<T extends Effect['type']> = Extract<Effect, { type: T }>;

/** An offer or answer of one PCMU stream. */
export function audioSdp(port = 4_000, more: readonly string[] = [], version = 1): string {
  return [
    'v=0',
    `o=- 1 ${version} IN IP4 192.0.2.10`,
    's=-',
    'c=IN IP4 192.0.2.10',
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:101 telephone-event/8000',
    ...more,
    '',
  ].join('\r\n');
}

/** A scripted phone, seen from the focus: its requests come with the envelope of an edge that has authenticated it. */
export class FocusPhone {
  readonly driver: UserAgentDriver;
  readonly stack: SipStack;
  readonly link: InProcessSipLinkClient;
  readonly uri: string;
  readonly contact: string;
  /** What its core has told, in order. */
  readonly told: Effect[] = [];
  /** Does something about what it is told. */
  react: (effect: Effect) => void = () => {};
  /** Whose rooms it calls, as its edge says; its own tenant's, where that says nothing. */
  terminatingTenantId: string | undefined;
  /** Answers all requests of these methods with a status code. */
  refused: ReadonlyMap<string, number> = new Map();
  /** Every request that came, in order. */
  readonly received: SipRequest[] = [];
  /** Of all phones: two of one user have different calls. */
  static #calls = 0;

  constructor(
    readonly user: string,
    readonly tenantId: string,
    open: (user: (stack: SipStack) => TransactionUser) => { stack: SipStack; link: InProcessSipLinkClient },
  ) {
    this.uri = `sip:${user}@${tenantId}.test`;
    this.contact = `<sip:${user}@192.0.2.10:5060>`;
    let driver: UserAgentDriver | undefined;
    const opened = open((stack) => {
      const edges = {
        get flows() {
          const flow = opened.link.flow;
          return flow === undefined ? [] : [flow];
        },
      };
      driver = new UserAgentDriver(stack, {
        edges,
        random: () => 0.5,
        contactFor: () => this.contact,
        refuses: (request) => {
          this.received.push(request);
          const statusCode = this.refused.get(request.method);
          return statusCode === undefined ? undefined : { statusCode, options: {} };
        },
        told: (effect) => {
          this.told.push(effect);
          this.react(effect);
        },
      });
      return driver;
    });
    if (driver === undefined) throw new Error('the stack did not ask for its transaction user');
    this.driver = driver;
    this.stack = opened.stack;
    this.link = opened.link;
  }

  /** The parts of a request outside dialogs, in a call of its own. */
  initial(requestUri: string, more: Partial<InitialRequest> = {}, isAuthenticated = true): InitialRequest {
    FocusPhone.#calls += 1;
    const callId = more.callId ?? `${this.user}-${FocusPhone.#calls}`;
    const authenticated = isAuthenticated ? { addressOfRecord: this.uri, username: this.user } : undefined;
    this.driver.paths.keep(callId, {
      originatingTenantId: this.tenantId,
      terminatingTenantId: this.terminatingTenantId,
      authenticated,
      trustClass: isAuthenticated ? 'subscriber' : 'untrusted',
    });
    const fromTag = `${this.user}-tag-${FocusPhone.#calls}`;
    return { requestUri, to: requestUri, from: this.uri, cseq: 1, fromTag, callId, ...more };
  }

  /** Sends an INVITE; `sdp` '' sends it without an offer. */
  invite(requestUri: string, sdp = audioSdp(), headers: readonly HeaderField[] = []): InviteClient<Flow> {
    const body = sdp === '' ? {} : { contentType: 'application/sdp', body: sdp };
    return this.driver.act(() => this.driver.core.invite(this.initial(requestUri, { headers, ...body }), this.contact));
  }

  /** The last thing of a type that it was told. */
  last<T extends Effect['type']>(type: T): Told<T> {
    const found = this.told.findLast((effect) => effect.type === type);
    if (found === undefined) throw new Error(`${this.user} was told no ${type}, but ${this.types().join(' ')}`);
    return found as Told<T>;
  }

  types(): string[] {
    return this.told.map(({ type }) => type);
  }

  get session(): InviteSession<Flow> {
    return this.last('established').session;
  }

  /** The last request of this method that came. */
  lastRequest(method: string): SipRequest {
    const found = this.received.findLast((request) => request.method === method);
    if (found === undefined) throw new Error(`${this.user} got no ${method}, but ${this.methods().join(' ')}`);
    return found;
  }

  /** The methods of what came. */
  methods(): string[] {
    return this.received.map(({ method }) => method);
  }
}
