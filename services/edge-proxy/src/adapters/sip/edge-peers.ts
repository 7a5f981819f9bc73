import { hash } from 'node:crypto';
import { edge, edgeEvents, type events } from '@ringdown/contracts';
import { type Bus, type Endpoint, parseEndpoint, type Subscription } from '@ringdown/platform';
import type { Claim } from '@ringdown/sip-auth';
import type { SipLinkConnector, SipLinkFlow } from '@ringdown/sip-transport';
import { EdgeQuestions } from './edge-questions.js';
import type { HandedRequest, MisplacedRequest, Neighbours } from './neighbours.js';

/** What this edge has of another one: a SipLink stream, and the questions that edges ask each other. */
export interface EdgeConnection {
  readonly connector: SipLinkConnector;
  readonly service: edge.EdgeService;
  /** Whether questions to the service find a connection. */
  readonly answers: boolean;
  close(): void;
}

export interface EdgePeersOptions {
  readonly bus: Bus;
  readonly self: { readonly id: string; readonly incarnation: string };
  /** Where other edges reach this one, `host:port`; undefined while, or because, it serves no SipLink. */
  readonly address: () => string | undefined;
  /**
   * Makes the connection to another edge's address; its connector is started here. `changed`: the stream has opened or broken. Undefined where
   * nothing would prove who is there.
   */
  readonly connect: (endpoint: Endpoint, changed: () => void) => EdgeConnection | undefined;
  readonly now: () => number;
}

interface Peer {
  readonly incarnation: string;
  readonly address: string;
  readonly connection: EdgeConnection;
  readonly questions: EdgeQuestions;
  heardAt: number;
  isDraining: boolean;
}

const announceMs = 1_000;
const firstAnnounceMs = 50;
/** An edge that was silent for so long, and to which there is no stream, is gone. */
const silenceMs = 5_000;
const claimTimeoutMs = 500;
/** The others answer a newcomer within the first time, and announce themselves anyway within the second. */
const acquaintanceMs = { answered: 300, announced: 1_500 };
/** RFC 3261 §17.1.1.2: 64*T1, for as long as an INVITE is sent again. */
const unsettledMs = 32_000;

const claims: Readonly<Record<edge.NonceClaim, Claim | 'gone'>> = {
  [edge.NonceClaim.UNSPECIFIED]: 'gone',
  [edge.NonceClaim.FRESH]: 'ok',
  [edge.NonceClaim.REPLAY]: 'replay',
  [edge.NonceClaim.STALE]: 'stale',
  [edge.NonceClaim.FOREIGN]: 'foreign',
};

/** The other edges: each announces itself on the bus, and this one keeps a stream to every one that does. */
export class EdgePeers implements Neighbours {
  readonly #options: EdgePeersOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;
  #first: NodeJS.Timeout | undefined;
  #announcedAt: number | undefined;
  #isDraining = false;
  #unsettledUntil = Number.NEGATIVE_INFINITY;

  constructor(options: EdgePeersOptions) {
    this.#options = options;
    this.#subscription = options.bus.subscribe(edgeEvents.pattern('_platform'), ({ data }) => {
      const presence = edgeEvents.decode(data);
      if (presence !== undefined && presence.edgeId !== options.self.id) this.#heard(presence);
    });
    this.#timer = setInterval(() => this.#tick(), announceMs);
    this.#timer.unref();
    this.#announceFirst();
  }

  get size(): number {
    return this.#connected().length;
  }

  /** Balancers and edges learn of a change each in their own time; for as long as a retransmission may take, they may differ. */
  get unsettled(): boolean {
    return this.#options.now() < this.#unsettledUntil;
  }

  /**
   * Whether it knows whom to ask: before, it would take what is sent again for new. True when all that have answered its announcement can be asked,
   * and after a while anyway: nobody may be there, or one of them out of reach.
   */
  get acquainted(): boolean {
    const { address, now } = this.#options;
    if (address() === undefined) return true;
    if (this.#announcedAt === undefined) return false;
    const sinceMs = now() - this.#announcedAt;
    const canAskAll = this.#peers.size > 0 && this.size === this.#peers.size;
    return sinceMs >= (canAskAll ? acquaintanceMs.answered : acquaintanceMs.announced);
  }

  offer(request: MisplacedRequest, answered: (taken: boolean) => void): void {
    const peers = this.#connected();
    let waiting = peers.length;
    let isTaken = false;
    if (waiting === 0) answered(false);
    for (const { questions } of peers) {
      questions.ask(request, (taken) => {
        waiting -= 1;
        if (isTaken) return;
        isTaken = taken;
        if (taken || waiting === 0) answered(taken);
      });
    }
  }

  /** Every edge that is known, whether or not it can be reached now. */
  get services(): readonly (readonly [edgeId: string, service: edge.EdgeService])[] {
    return [...this.#peers].map(([edgeId, { connection }]) => [edgeId, connection.service]);
  }

  /** How many can take over from this edge now. */
  get successors(): number {
    return this.#successors().length;
  }

  handTo(callId: string, request: HandedRequest, answered: (taken: boolean | undefined) => void): void {
    let chosen: { readonly peer: Peer; readonly weight: string } | undefined;
    for (const [edgeId, peer] of this.#successors()) {
      const weight = hash('sha1', `${edgeId} ${callId}`);
      if (chosen === undefined || weight > chosen.weight) chosen = { peer, weight };
    }
    if (chosen === undefined) answered(undefined);
    else chosen.peer.questions.ask(request, answered);
  }

  /** The stream to exactly this life of an edge; undefined when it is not known, not connected or another life. */
  flow(edgeId: string, incarnation: string): SipLinkFlow | undefined {
    const peer = this.#peers.get(edgeId);
    if (peer === undefined || peer.incarnation !== incarnation || !peer.connection.connector.connected)
      return undefined;
    return peer.connection.connector.flow;
  }

  /** Whether an edge has begun another life than this one. */
  isOver(edgeId: string, incarnation: string): boolean {
    const peer = this.#peers.get(edgeId);
    return peer !== undefined && peer.incarnation !== incarnation;
  }

  isLeaving(edgeId: string, incarnation: string): boolean {
    const peer = this.#peers.get(edgeId);
    return peer?.incarnation === incarnation && peer.isDraining;
  }

  /**
   * Asks the edge that issued a nonce whether this use of it is the first (D11). `gone` when that life of the edge is over, isn't connected or doesn't
   * answer in time; the phone is then challenged anew. Where an edge has died all of its phones come with its nonces at once: failing to ask for
   * each would take as long as registering them.
   */
  claimNonce(
    edgeId: string,
    incarnation: string,
    nonce: string,
    nonceCount: number,
    answered: (claim: Claim | 'gone') => void,
  ): void {
    const peer = this.#peers.get(edgeId);
    if (peer?.incarnation !== incarnation || !isConnected(peer)) {
      answered('gone');
      return;
    }
    peer.connection.service.claimNonce({ nonce, nonceCount }, { timeoutMs: claimTimeoutMs }).then(
      ({ claim }) => answered(claims[claim]),
      () => answered('gone'),
    );
  }

  /** Tells the others that balancers send this edge nothing new: what is sent again may come to them. */
  drain(): void {
    this.#isDraining = true;
    this.#announce(false);
  }

  /** Tells the others that this edge leaves, and ends the streams to them. */
  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#first);
    this.#announce(true);
    this.#subscription.unsubscribe();
    for (const peer of this.#peers.values()) peer.connection.close();
    this.#peers.clear();
  }

  #heard(presence: events.EdgePresence): void {
    const { edgeId, incarnation, siplinkAddress, leaving, draining } = presence;
    const known = this.#peers.get(edgeId);
    const isSame = known?.incarnation === incarnation && known.address === siplinkAddress;
    if (isSame && !leaving) {
      known.heardAt = this.#options.now();
      if (known.isDraining !== draining) this.#changed();
      known.isDraining = draining;
      return;
    }
    // A late word of an earlier life must not end the present one.
    if (leaving && known?.incarnation !== incarnation) return;
    known?.connection.close();
    if (this.#peers.delete(edgeId)) this.#changed();
    const endpoint = parseEndpoint(siplinkAddress);
    if (leaving || endpoint === undefined) return;
    const connection = this.#options.connect(endpoint, () => this.#changed());
    if (connection === undefined) return;
    this.#peers.set(edgeId, {
      incarnation,
      address: siplinkAddress,
      connection,
      questions: new EdgeQuestions(this.#options.self.id, connection.service),
      heardAt: this.#options.now(),
      isDraining: draining,
    });
    connection.connector.start();
    this.#changed();
    // A newcomer learns of this edge at once, not with the next announcement.
    this.#announce(false);
  }

  /** This edge begins before the process serves gRPC: it announces itself as soon as it can be reached. */
  #announceFirst(): void {
    if (this.#options.address() !== undefined) {
      this.#announce(false);
      return;
    }
    this.#first = setTimeout(() => this.#announceFirst(), firstAnnounceMs);
    this.#first.unref();
  }

  #tick(): void {
    this.#announce(false);
    const longAgo = this.#options.now() - silenceMs;
    for (const [edgeId, peer] of this.#peers) {
      // A bus that is away silences everybody; the stream itself knows whether the edge is there.
      if (peer.heardAt > longAgo || peer.connection.connector.connected) continue;
      peer.connection.close();
      this.#peers.delete(edgeId);
    }
  }

  #announce(leaving: boolean): void {
    const { bus, self, address } = this.#options;
    const siplinkAddress = address();
    if (siplinkAddress === undefined) return;
    const presence: events.EdgePresence = {
      edgeId: self.id,
      incarnation: self.incarnation,
      siplinkAddress,
      leaving,
      draining: this.#isDraining,
    };
    this.#announcedAt ??= this.#options.now();
    bus.publish(edgeEvents.subject(presence), edgeEvents.encode(presence));
  }

  #connected(): readonly Peer[] {
    return [...this.#peers.values()].filter(isConnected);
  }

  #successors(): readonly (readonly [edgeId: string, peer: Peer])[] {
    return [...this.#peers].filter(([, peer]) => !peer.isDraining && isConnected(peer));
  }

  #changed(): void {
    this.#unsettledUntil = this.#options.now() + unsettledMs;
  }
}

/** Whether both a request and a question would find the edge there. */
function isConnected({ connection }: Peer): boolean {
  return connection.connector.connected && connection.answers;
}
