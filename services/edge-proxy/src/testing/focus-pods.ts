import type { conference } from '@ringdown/contracts';
import { Header, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import { BranchSource, SipStack, type TransactionUser } from '@ringdown/sip-runtime';
import type { ServerTransaction } from '@ringdown/sip-transaction';
import {
  type Envelope,
  type EnvelopeContext,
  type Flow,
  InProcessSipLinkClient,
  SipLinkAcceptor,
} from '@ringdown/sip-transport';
import type { OpenLink } from '../edge-runtime-options.js';

const grpc = { host: '127.0.0.1', port: 1 };

/** A pod of the focus that answers every request with 200, or as it is told, and remembers what came. */
export class FocusPod {
  readonly seen: { readonly request: SipRequest; readonly envelope: Envelope | undefined }[] = [];
  readonly responses: SipResponse[] = [];
  readonly acks: SipRequest[] = [];
  /** What requests are answered with; undefined: not at all. */
  answer: ((request: SipRequest) => number | undefined) | undefined;
  incarnation = 'i1';
  #acceptor: SipLinkAcceptor | undefined;
  #stack: SipStack | undefined;

  constructor(
    readonly podId: string,
    readonly mediaHosts: readonly string[],
  ) {
    this.begin('i1');
  }

  /** A life of the pod: nothing is left of an earlier one. */
  begin(incarnation: string): void {
    this.incarnation = incarnation;
    const self = { name: this.podId, incarnation };
    this.#stack = new SipStack({
      branches: new BranchSource({ edge: this.podId, incarnation }),
      user: (stack) => this.#userOf(stack),
      onBug: (error) => {
        throw error;
      },
    });
    this.#acceptor = new SipLinkAcceptor({ events: this.#stack.events, local: grpc, self });
  }

  get link(): OpenLink {
    return (link) => {
      // An acceptor of a later life is found as a new process is at the same address.
      const acceptor = (): SipLinkAcceptor => this.#acceptor as SipLinkAcceptor;
      return new InProcessSipLinkClient({
        ...link,
        get acceptor() {
          return acceptor();
        },
      });
    };
  }

  /** As SIGKILL does it, as far as others see. */
  kill(): void {
    this.#acceptor?.close();
    this.#stack?.close();
  }

  /** Sends a request over a stream of an edge's. */
  send(text: string, envelope: EnvelopeContext): void {
    const flow = [...(this.#acceptor?.flows ?? [])].find(({ linkClass }) => linkClass === 'calls');
    if (flow === undefined) throw new Error(`no edge has a stream to ${this.podId}`);
    const stack = this.#stack as SipStack;
    const via = `Via: SIP/2.0/${flow.transport} ${stack.sentBy.forFlow(flow)};branch=${stack.branches.next()}`;
    stack.sendRequest(text.replace(/^Via: .*$/m, via), flow, undefined, envelope);
  }

  methods(): readonly string[] {
    return this.seen.map(({ request }) => request.method);
  }

  #userOf(stack: SipStack): TransactionUser {
    const nothing = (): void => {};
    return {
      onRequest: (transaction: ServerTransaction<Flow>, request, { envelope }) => {
        this.seen.push({ request, envelope });
        const statusCode = this.answer === undefined ? 200 : this.answer(request);
        if (statusCode === undefined) return;
        const contact = [Header.Contact, `<sip:${this.podId}@focus.invalid>;isfocus`] as const;
        stack.reply(transaction, statusCode, {
          headers: [contact],
          ...(request.toTag === undefined ? { toTag: `t-${this.podId}` } : {}),
        });
      },
      onCancel: nothing,
      onAck: (request) => void this.acks.push(request),
      onResponse: (_transaction, response) => void this.responses.push(response),
      onStrayResponse: nothing,
      onTimeout: nothing,
      onTransportError: nothing,
      onTerminated: nothing,
    };
  }
}

/** Two pods of the focus, and their answer to where a conference is. */
export class FocusPods {
  readonly one: FocusPod;
  readonly two: FocusPod;
  readonly asked: conference.LocateRequest[] = [];
  /** Which pod has which room, as `tenant room`. */
  readonly homes = new Map<string, FocusPod>();
  /** Tenants that have as many conferences as they may. */
  readonly full = new Set<string>();
  /** Pods that the others know to be gone. */
  readonly gone = new Set<FocusPod>();
  /** Whether the question fails. */
  isAway = false;

  constructor(mediaHosts: readonly string[] = ['127.0.0.1']) {
    this.one = new FocusPod('focus-1', mediaHosts);
    this.two = new FocusPod('focus-2', mediaHosts);
  }

  readonly service: conference.LocateService = {
    locate: async (request) => {
      this.asked.push(request);
      if (this.isAway) throw new Error('the focus is away');
      return { answer: this.#answer(request) };
    },
  };

  get links(): readonly OpenLink[] {
    return [this.one.link, this.two.link];
  }

  #answer({
    tenantId,
    room,
    mayOpen,
    notPod,
  }: conference.LocateRequest): NonNullable<conference.LocateResponse['answer']> {
    const key = `${tenantId} ${room}`;
    const home = this.homes.get(key);
    const isLost = home !== undefined && notPod?.podId === home.podId && this.gone.has(home);
    if (home !== undefined && !isLost) return this.#home(home, true);
    if (!room.startsWith('room') && room !== 'conference-factory' && !/^\d/.test(room))
      return { $case: 'noSuchRoom', value: {} };
    if (this.full.has(tenantId)) return { $case: 'overLimit', value: { limit: 3 } };
    const chosen = this.gone.has(this.one) ? this.two : this.one;
    const isClaimed = mayOpen && room !== 'conference-factory';
    if (isClaimed) this.homes.set(key, chosen);
    return this.#home(chosen, isClaimed);
  }

  #home(
    { podId, incarnation, mediaHosts }: FocusPod,
    claimed: boolean,
  ): NonNullable<conference.LocateResponse['answer']> {
    const pod = { podId, incarnation };
    return { $case: 'home', value: { pod, address: '127.0.0.1:1', mediaHosts: [...mediaHosts], claimed } };
  }
}
