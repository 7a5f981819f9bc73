import { parseMessage, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import { cancelAnswer } from '@ringdown/sip-proxy';
import { branchOwner, type Ingress, type SipStack } from '@ringdown/sip-runtime';
import {
  type Expirable,
  type InviteServerTransaction,
  NO_TIMER,
  type ServerTransaction,
  serverKey,
  type TimerHandle,
} from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import { OfferBudget } from '../../domain/offer-budget.js';
import type { MisplacedRequest, Neighbours } from './neighbours.js';
import type { Proxy } from './proxy.js';

export interface MisplacedMessagesOptions {
  readonly stack: SipStack;
  readonly proxy: Pick<Proxy, 'cancel'>;
  readonly neighbours: Neighbours;
  /** The name of the listener that a flow belongs to, where there are several of its family. */
  readonly listenerOf?: (flow: Flow) => string | undefined;
  readonly budget?: OfferBudget;
}

/** Plain counts since the start. */
export interface MisplacedCounters {
  /** Responses that were sent to the edge whose branch they carry. */
  responsesHandedOver: number;
  /** Responses that nobody waits for: late ones, and those for an edge that is gone. */
  responsesDropped: number;
  /** Requests that other edges were asked about. */
  offered: number;
  /** Of those, the ones that another edge took. */
  takenElsewhere: number;
  /** Those that were not asked about, since too many were. */
  notOffered: number;
  /** What other edges offered and this one took. */
  taken: number;
  /** INVITEs that came while this edge was leaving, and that another one was given. */
  handedOver: number;
}

/** How long the others may take to say whose a request is; less than the 150 ms after which an INVITE gets its 100. */
const offerTimeoutMs = 100;
/** RFC 3261 §17.1.2.2: later than by the longest wait for an answer's repetition nobody wants a response that is handed over. */
const handOverDeadlineMs = 4_000;
/** RFC 3261 §17.1.1.2: for as long an INVITE may be sent again (64×T1). */
const spreadMs = 32_000;

/**
 * What a balancer brings to an edge though another one has the transaction (D4): responses go to the edge that their branch names, and CANCELs and ACKs
 * are offered to all of them. So are INVITEs, for a while after the set of edges has changed, and after it has shown that the balancer spreads what is
 * of one transaction. Nothing that came over SipLink is passed on once more.
 */
export class MisplacedMessages {
  readonly counters: MisplacedCounters = {
    responsesHandedOver: 0,
    responsesDropped: 0,
    offered: 0,
    takenElsewhere: 0,
    notOffered: 0,
    taken: 0,
    handedOver: 0,
  };
  readonly #options: MisplacedMessagesOptions;
  readonly #budget: OfferBudget;
  /** INVITEs that others are being asked about. */
  readonly #asked = new Set<ServerTransaction<Flow>>();
  /** INVITEs that another edge is being given: it may ask whose they are. */
  readonly #handed = new Set<ServerTransaction<Flow>>();
  #handsOver = false;
  #spreadUntil = Number.NEGATIVE_INFINITY;

  constructor(options: MisplacedMessagesOptions) {
    this.#options = options;
    this.#budget = options.budget ?? new OfferBudget();
  }

  /** Whether INVITEs that begin a call are given to another edge. */
  handOver(handsOver: boolean): void {
    this.#handsOver = handsOver;
  }

  /** A response that matches no transaction here. */
  response(response: SipResponse, flow: Flow): void {
    if (this.#handOver(response, flow)) this.counters.responsesHandedOver += 1;
    else this.counters.responsesDropped += 1;
  }

  /** Answers a CANCEL, and has what it cancels cancelled, here or at the edge that has it. */
  cancel(
    transaction: ServerTransaction<Flow>,
    request: SipRequest,
    cancelled: InviteServerTransaction<Flow> | undefined,
    ingress: Ingress,
  ): void {
    const { stack, proxy } = this.#options;
    const answer = (taken: boolean): void => {
      stack.reply(transaction, taken ? 200 : cancelAnswer(cancelled));
      if (!taken && cancelled !== undefined) proxy.cancel(cancelled, request);
    };
    // An INVITE that others are asked about may be a retransmission of one of theirs, and it is theirs that the caller means.
    if (cancelled !== undefined && !this.#asked.has(cancelled)) answer(false);
    else this.#offer({ kind: 'sip', raw: request.raw }, ingress, answer);
  }

  /** An ACK that matches nothing here and has no sealed route. Whether it is taken or not, there is nothing more to do. */
  ack(request: SipRequest, ingress: Ingress): void {
    this.#offer({ kind: 'sip', raw: request.raw }, ingress, () => undefined);
  }

  /**
   * Calls `go` at once for a request that is this edge's to route. An INVITE that may be a retransmission of one which another edge has is asked
   * about first; if it is, its transaction is forgotten, and `elsewhere` is called. So is one that is handed over.
   */
  route(
    transaction: ServerTransaction<Flow>,
    request: SipRequest,
    ingress: Ingress,
    go: () => void,
    elsewhere: () => void,
  ): void {
    const { stack, neighbours } = this.#options;
    const mayBeElsewhere =
      transaction.kind === 'invite-server' && request.toTag === undefined && ingress.flow.transport === 'UDP';
    if (mayBeElsewhere && this.#handsOver) {
      this.#hand(transaction, request, ingress, go, elsewhere);
      return;
    }
    if (!mayBeElsewhere || !(neighbours.unsettled || stack.now() < this.#spreadUntil)) {
      go();
      return;
    }
    this.#asked.add(transaction);
    this.#offer({ kind: 'invite', key: transaction.key }, ingress, (taken) => {
      this.#asked.delete(transaction);
      if (taken && stack.dismiss(transaction)) elsewhere();
      else go();
    });
  }

  /** A request that another edge got: true if it is of a transaction of this one, which then has taken it. */
  take(asker: string, request: MisplacedRequest): boolean {
    const taken = this.#take(asker, request);
    if (taken) {
      this.counters.taken += 1;
      this.#noteSpreading();
    }
    return taken;
  }

  /** Two edges got what is of one transaction: a balancer that does so may bring a retransmission to either. */
  #noteSpreading(): void {
    this.#spreadUntil = this.#options.stack.now() + spreadMs;
  }

  #take(asker: string, request: MisplacedRequest): boolean {
    const { stack, proxy } = this.#options;
    if (request.kind === 'invite') {
      const invite = stack.findInviteServer(request.key);
      if (invite === undefined || this.#handed.has(invite)) return false;
      // Two edges that got copies at the same time ask each other: one of them must keep it.
      if (this.#asked.has(invite)) return stack.branches.owner.edge < asker;
      stack.takeRetransmission(invite);
      return true;
    }
    const message = parseMessage(request.raw);
    if (message.kind !== 'request') return false;
    if (message.method === 'ACK') return stack.takeAck(message);
    const cancelled = message.method === 'CANCEL' ? stack.findInviteServer(serverKey(message)) : undefined;
    if (cancelled === undefined) return false;
    proxy.cancel(cancelled, message);
    return true;
  }

  /** Over UDP any edge can answer, so nothing keeps the call here. Where it isn't known whether it was taken, the caller sends it again. */
  #hand(
    transaction: InviteServerTransaction<Flow>,
    request: SipRequest,
    { flow }: Ingress,
    go: () => void,
    elsewhere: () => void,
  ): void {
    const { stack, neighbours, listenerOf = () => undefined } = this.#options;
    const handed = { kind: 'handed', raw: request.raw, source: flow.remote, listener: listenerOf(flow) } as const;
    this.#handed.add(transaction);
    neighbours.handTo(request.callId, handed, (taken) => {
      this.#handed.delete(transaction);
      if (taken === true) this.counters.handedOver += 1;
      if (taken !== undefined && stack.dismiss(transaction)) elsewhere();
      else go();
    });
  }

  #handOver(response: SipResponse, flow: Flow): boolean {
    const { stack, neighbours } = this.#options;
    if (flow.transport === 'SIPLINK') return false;
    const owner = branchOwner(response.topmostVia.branch ?? '');
    // What an earlier life of this edge had asked is lost with it.
    if (owner === undefined || owner.edge === stack.branches.owner.edge) return false;
    const link = neighbours.flow(owner.edge, owner.incarnation);
    return link !== undefined && stack.sendStateless(response.raw, link, { deadlineMs: handOverDeadlineMs });
  }

  #offer(request: MisplacedRequest, { flow }: Ingress, answered: (taken: boolean) => void): void {
    const { stack, neighbours } = this.#options;
    const now = stack.now();
    if (flow.transport === 'SIPLINK' || neighbours.size === 0) {
      answered(false);
      return;
    }
    if (!this.#budget.take(now, flow.remote.host)) {
      this.counters.notOffered += 1;
      answered(false);
      return;
    }
    this.counters.offered += 1;
    const pending = new PendingOffer(stack, (taken) => {
      if (taken) {
        this.counters.takenElsewhere += 1;
        this.#noteSpreading();
      }
      answered(taken);
    });
    neighbours.offer(request, (taken) => pending.answer(taken));
  }
}

/** An offer that is answered once: by the others, or by the end of the time that they have. */
class PendingOffer implements Expirable {
  readonly #stack: SipStack;
  readonly #timer: TimerHandle;
  #answered: ((taken: boolean) => void) | undefined;

  constructor(stack: SipStack, answered: (taken: boolean) => void) {
    this.#stack = stack;
    this.#answered = answered;
    this.#timer = stack.wheel.schedule(stack.now(), offerTimeoutMs, this, NO_TIMER);
  }

  answer(taken: boolean): void {
    const answered = this.#answered;
    if (answered === undefined) return;
    this.#answered = undefined;
    this.#stack.wheel.cancel(this.#timer);
    answered(taken);
  }

  expire(): void {
    this.answer(false);
  }
}
