import {
  buildRequest,
  Header,
  type HeaderField,
  parseMessage,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip-message';
import {
  type ClientTransaction,
  type InviteClientTransaction,
  type InviteServerTransaction,
  type TimerSettings,
  TimerWheel,
  type TransactionEffect,
  TransactionLayer,
  timerValues,
} from '@ringdown/sip-transaction';
import type { RequestDraft } from '../dialog.js';
import type { InitialRequest } from '../initial-request.js';
import { UserAgentCore } from '../user-agent-core.js';
import { OutgoingRequest, type UserAgentEffect } from '../user-agent-effect.js';

export interface TestFlow {
  readonly reliable: boolean;
}

/** The time that all agents of a test share; it moves only when told to. */
export class SimulatedTime {
  now = 1_000_000;
  readonly agents: SimulatedAgent[] = [];

  /** Moves on, from deadline to deadline, with everything sent on the way delivered at once. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const deadlines = this.agents.map((agent) => agent.wheel.nextDeadline() ?? Number.POSITIVE_INFINITY);
      const next = Math.min(...deadlines);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      for (const agent of this.agents) agent.advance();
    }
    this.now = end;
    for (const agent of this.agents) agent.advance();
  }
}

/** A user agent core over a transaction layer, whose wire is a list; connected to a peer, what it sends arrives there. */
export class SimulatedAgent {
  readonly wheel: TimerWheel;
  readonly layer: TransactionLayer<TestFlow>;
  readonly core: UserAgentCore<TestFlow>;
  readonly flow: TestFlow;
  readonly #sent: string[] = [];
  #taken = 0;
  /** What the core told, but for what the driver carries out. */
  readonly told: UserAgentEffect<TestFlow>[] = [];
  /** Which of the messages sent are lost. */
  loses: (message: SipRequest | SipResponse) => boolean = () => false;
  /** Reacts to what the core tells. */
  react: (effect: UserAgentEffect<TestFlow>) => void = () => {};
  random = 0.5;
  peer: SimulatedAgent | undefined;
  readonly time: SimulatedTime;
  readonly #name: string;
  readonly #layerEffects: TransactionEffect<TestFlow>[] = [];
  readonly #effects: UserAgentEffect<TestFlow>[] = [];
  readonly #clients = new Map<OutgoingRequest, ClientTransaction<TestFlow>>();
  readonly #inbox: string[] = [];
  #branches = 0;
  #tags = 0;
  #busy = false;

  constructor(time: SimulatedTime, name: string, options: { reliable?: boolean; timers?: TimerSettings } = {}) {
    this.time = time;
    this.#name = name;
    this.flow = { reliable: options.reliable ?? false };
    this.wheel = new TimerWheel(time.now);
    this.layer = new TransactionLayer<TestFlow>({
      wheel: this.wheel,
      effects: this.#layerEffects,
      ...(options.timers === undefined ? {} : { timers: options.timers }),
    });
    this.core = new UserAgentCore<TestFlow>({
      wheel: this.wheel,
      effects: this.#effects,
      timers: timerValues(options.timers),
      random: () => this.random,
      nextTag: () => `${name}-tag-${++this.#tags}`,
      contactFor: () => this.contact,
    });
    time.agents.push(this);
  }

  get contact(): string {
    return `<sip:${this.#name}@${this.#name}.test>`;
  }

  /** The parts of a request to another agent. */
  initial(to: string, more: Partial<InitialRequest> = {}): InitialRequest {
    return {
      requestUri: `sip:${to}@example.com`,
      to: `sip:${to}@example.com`,
      from: `sip:${this.#name}@example.com`,
      fromTag: `${this.#name}-from`,
      callId: 'call-1',
      cseq: 1,
      ...more,
    };
  }

  /** Does something with the core, and carries out what comes of it. */
  act<T>(action: () => T): T {
    const result = action();
    this.settle();
    return result;
  }

  advance(): void {
    this.wheel.advance(this.time.now);
    this.settle();
  }

  /** A message from the wire. */
  receive(raw: string): void {
    this.#inbox.push(raw);
    this.settle();
  }

  /** Start lines since the last call: methods and status codes. */
  takeSent(): string[] {
    const words = this.#sent.slice(this.#taken).map(startWord);
    this.#taken = this.#sent.length;
    return words;
  }

  /** Types of what the core told since the last call. */
  takeTold(): string[] {
    return this.told.splice(0).map((effect) => effect.type);
  }

  /** The last thing of a type that the core told. */
  last<T extends UserAgentEffect<TestFlow>['type']>(type: T): Extract<UserAgentEffect<TestFlow>, { type: T }> {
    const found = this.told.findLast((effect) => effect.type === type);
    if (found === undefined) throw new Error(`${this.#name} was told no ${type}`);
    return found as Extract<UserAgentEffect<TestFlow>, { type: T }>;
  }

  /** The last request sent with this method. */
  lastRequest(method: string): SipRequest {
    const raw = this.#sent.findLast((text) => text.startsWith(`${method} `));
    return requestOf(raw ?? '');
  }

  /** The last response sent with this status code, as it was written. */
  lastResponse(statusCode: number): string {
    return this.#sent.findLast((text) => text.startsWith(`SIP/2.0 ${statusCode} `)) ?? '';
  }

  settle(): void {
    if (this.#busy) return;
    this.#busy = true;
    for (let round = 0; round < 10_000; round++) {
      const below = this.#layerEffects.shift();
      const above = below === undefined ? this.#effects.shift() : undefined;
      if (below !== undefined) this.#carryOutLayer(below);
      else if (above !== undefined) this.#carryOut(above);
      else {
        const raw = this.#inbox.shift();
        if (raw === undefined) break;
        const message = parseMessage(raw);
        if (message.kind === 'failure') throw new Error(`${message.reason}:\n${raw}`);
        this.layer.receive(this.time.now, message, this.flow);
      }
    }
    this.#busy = false;
  }

  #carryOut(effect: UserAgentEffect<TestFlow>): void {
    const { now } = this.time;
    switch (effect.type) {
      case 'request': {
        const request = requestOf(this.#written(effect.request.draft));
        this.#clients.set(effect.request, this.layer.startClient(now, request, this.flow, effect.request));
        return;
      }
      case 'acknowledge':
        this.#put(this.#written(effect.draft));
        return;
      case 'cancel':
        this.layer.cancel(now, this.#clients.get(effect.request) as InviteClientTransaction<TestFlow>);
        return;
      case 'abandon':
        this.layer.abandon(now, this.#clients.get(effect.request) as InviteClientTransaction<TestFlow>);
        return;
      case 'respond':
        this.layer.respond(now, effect.transaction, effect.statusCode, effect.raw);
        return;
      default:
        this.told.push(effect);
        this.react(effect);
    }
  }

  #carryOutLayer(effect: TransactionEffect<TestFlow>): void {
    const { now } = this.time;
    switch (effect.type) {
      case 'send':
        this.#put(effect.raw);
        return;
      case 'request':
        this.core.receiveRequest(now, effect.transaction);
        return;
      case 'cancel':
        this.core.receiveCancel(now, effect.transaction, effect.cancelled as InviteServerTransaction<TestFlow>);
        return;
      case 'ack':
        this.core.receiveAck(now, effect.request);
        return;
      case 'response':
        if (effect.transaction.user instanceof OutgoingRequest)
          effect.transaction.user.owner.receiveResponse(now, effect.transaction.user, effect.response);
        return;
      case 'timeout':
        if (effect.transaction.user instanceof OutgoingRequest)
          effect.transaction.user.owner.requestFailed(now, effect.transaction.user, 408);
        return;
      case 'terminated':
        if (effect.transaction.kind === 'invite-server' || effect.transaction.kind === 'non-invite-server')
          this.core.transactionTerminated(effect.transaction);
        return;
      default:
    }
  }

  #written(draft: RequestDraft): string {
    const via = `SIP/2.0/UDP ${this.#name}.test;branch=z9hG4bK-${this.#name}-${++this.#branches}`;
    const headers: HeaderField[] = [[Header.Via, via], ...draft.headers];
    return buildRequest({ ...draft, headers });
  }

  #put(raw: string): void {
    this.#sent.push(raw);
    const message = parseMessage(raw);
    if (message.kind === 'failure') throw new Error(`what is sent does not parse (${message.reason}):\n${raw}`);
    if (!this.loses(message)) this.peer?.receive(raw);
  }
}

/** Two agents whose wires end in each other. */
export function connectedPair(options: { reliable?: boolean; timers?: TimerSettings } = {}): {
  time: SimulatedTime;
  alice: SimulatedAgent;
  bob: SimulatedAgent;
} {
  const time = new SimulatedTime();
  const alice = new SimulatedAgent(time, 'alice', options);
  const bob = new SimulatedAgent(time, 'bob', options);
  alice.peer = bob;
  bob.peer = alice;
  return { time, alice, bob };
}

export function requestOf(raw: string): SipRequest {
  const message = parseMessage(raw);
  if (message.kind !== 'request') throw new Error(`no request:\n${raw}`);
  return message;
}

export function responseOf(raw: string): SipResponse {
  const message = parseMessage(raw);
  if (message.kind !== 'response') throw new Error(`no response:\n${raw}`);
  return message;
}

/** The method of a request, the status code of a response. */
export function startWord(raw: string): string {
  const [first = '', second = ''] = raw.split(' ', 2);
  return first === 'SIP/2.0' ? second : first;
}
