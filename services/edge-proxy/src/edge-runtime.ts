import { randomBytes } from 'node:crypto';
import type { edge } from '@ringdown/contracts';
import { OutageLog, type Subscription } from '@ringdown/platform';
import { DigestAuthenticator } from '@ringdown/sip-auth';
import { openTemporaryGruu } from '@ringdown/sip-proxy';
import { BranchSource, monotonicClock, Resolver, SipStack } from '@ringdown/sip-runtime';
import { SipLinkAcceptor, type SipLinkClass } from '@ringdown/sip-transport';
import { feedCaches } from './adapters/bus/cache-feed.js';
import { CallEventBatches } from './adapters/bus/call-event-batches.js';
import { BusCallEvents } from './adapters/bus/call-events.js';
import { BusSecurityEvents } from './adapters/bus/security-events.js';
import { UnstoredBatches } from './adapters/bus/unstored-batches.js';
import type { LookupCounters } from './adapters/cache/cached-lookup.js';
import { ConferenceCache } from './adapters/cache/conference-cache.js';
import { DirectoryCache } from './adapters/cache/directory-cache.js';
import { LocationCache } from './adapters/cache/location-cache.js';
import { EdgeCapture } from './adapters/capture/edge-capture.js';
import { connectEdge } from './adapters/grpc/connect-edge.js';
import { edgeService } from './adapters/grpc/edge-service.js';
import { EdgeLease } from './adapters/lease/edge-lease.js';
import { EdgeMeters } from './adapters/metering/edge-meters.js';
import { Rehearsal } from './adapters/rehearsal/rehearsal.js';
import { type EdgeMedia, openMedia } from './adapters/rtpengine/edge-media.js';
import { createEdgeUser } from './adapters/sip/create-edge-user.js';
import { EdgeDrain } from './adapters/sip/edge-drain.js';
import { EdgePeers } from './adapters/sip/edge-peers.js';
import type { EdgeUser } from './adapters/sip/edge-user.js';
import { flowTokensOf } from './adapters/sip/flow-tokens.js';
import { type EdgeKeys, edgeKeys, rekey } from './adapters/sip/keys.js';
import { ListenerCertificates } from './adapters/sip/listener-certificates.js';
import { Listeners } from './adapters/sip/listeners.js';
import { locator } from './adapters/sip/locator.js';
import { type MediaCounters, newMediaCounters } from './adapters/sip/media-parking.js';
import type { MisplacedCounters } from './adapters/sip/misplaced-messages.js';
import type { HandedRequest } from './adapters/sip/neighbours.js';
import { Outbound } from './adapters/sip/outbound.js';
import { reachOf } from './adapters/sip/resolver-reach.js';
import { SealedCalls } from './adapters/sip/sealed-calls.js';
import { ServiceLinks } from './adapters/sip/service-links.js';
import { SipProbe } from './adapters/sip/sip-probe.js';
import { Admission } from './domain/admission.js';
import type { AuthenticationPorts } from './domain/authenticate.js';
import { conferenceFocus } from './domain/conference.js';
import type { DrainTimes } from './domain/draining.js';
import { OwnAddresses } from './domain/own-addresses.js';
import { RegistrationGovernor } from './domain/registration-governor.js';
import type { EdgeRuntimeOptions, OpenLink } from './edge-runtime-options.js';

/** The most entries of each kind that an edge keeps. */
const cacheCapacity = 200_000;
/** D1: how long a publisher may be silent before what it told is asked for again. */
const silenceMs = 3_000;
const lookupTimeoutMs = 1_500;
/** An answer takes a millisecond; health checks wait for a second. */
const probeMs = 800;
const defaultDrain: DrainTimes = { noticeMs: 0, graceMs: 10_000 };

/** One edge: its sockets, its transactions, and everything that stands between them. */
export class EdgeRuntime {
  /** Where other edges connect: within the process, or through a gRPC server (`serveSipLink`). */
  readonly acceptor: SipLinkAcceptor;
  readonly stack: SipStack;
  readonly listeners = new Listeners();
  readonly links = new ServiceLinks();
  /** Whether the sockets answer. An edge that leaves takes no more connections. */
  readonly probe = new SipProbe({
    listeners: () => (this.#drain === undefined ? this.listeners.all : this.listeners.datagrams),
    timeoutMs: probeMs,
  });
  readonly mediaCounters: MediaCounters = newMediaCounters();
  readonly meters: EdgeMeters;
  /** What other edges ask this one. */
  readonly service: edge.EdgeService = edgeService({
    claim: (nonce, nonceCount) => this.#digest.claim(Date.now(), nonce, nonceCount),
    take: (edgeId, request) =>
      request.kind === 'handed' ? this.#take(request) : this.#user.misplaced.take(edgeId, request),
    messages: (callId) => this.capture.own(callId),
  });
  readonly #options: EdgeRuntimeOptions;
  readonly #incarnation = randomBytes(5).toString('hex');
  readonly #own = new OwnAddresses();
  readonly #admission = new Admission();
  readonly #registrations = new RegistrationGovernor();
  readonly #keys: EdgeKeys;
  readonly #calls: SealedCalls;
  readonly #digest: DigestAuthenticator;
  readonly #directory: DirectoryCache;
  readonly #location: LocationCache;
  readonly #conferences: ConferenceCache | undefined;
  readonly #peers: EdgePeers;
  /** Made by the stack, as it is made. */
  #user!: EdgeUser;
  /** Says why a request would go where it goes. */
  rehearsal!: Rehearsal;
  readonly #subscriptions: readonly Subscription[];
  readonly #callEvents: CallEventBatches;
  /** Events of calls that are not stored yet. */
  readonly unstoredEvents: Pick<UnstoredBatches, 'events' | 'bytes' | 'dropped'>;
  readonly #certificates: ListenerCertificates;
  readonly #media: EdgeMedia | undefined;
  #drain: EdgeDrain | undefined;
  /** Its lease, and the connections that depend on it. */
  readonly lease: EdgeLease;
  /** The messages that went over its flows lately, and over those of other edges. */
  readonly capture: EdgeCapture;

  /** Opens the sockets. Throws a ServiceError that names the setting when the address can't be had. */
  static async open(options: EdgeRuntimeOptions): Promise<EdgeRuntime> {
    const runtime = new EdgeRuntime(options);
    try {
      await runtime.#listen();
    } catch (error) {
      await runtime.stop();
      throw error;
    }
    return runtime;
  }

  private constructor(options: EdgeRuntimeOptions) {
    const { edgeId, logger, bus } = options;
    this.#options = options;
    const wallClock = (): number => Date.now();
    this.meters = new EdgeMeters({
      maxTenants: options.metricsTenants ?? 0,
      now: monotonicClock.now,
      wallClock,
      rang: (callId, afterSec) => this.capture.rang(callId, afterSec),
      security: new BusSecurityEvents({ bus, edgeId, wallClock }),
    });
    const outages = new OutageLog(logger);
    const unstored = new UnstoredBatches({ bus, outages });
    this.unstoredEvents = unstored;
    this.#callEvents = new CallEventBatches(unstored);
    const { certificates: sources, caPath } = options.tls;
    const report = (problem: string): void => logger.error(`the old certificates go on: ${problem}`);
    this.#certificates = new ListenerCertificates({ sources, caPath, report });
    this.#keys = edgeKeys(options.sealKeys);
    this.#media = openMedia(options.mediaNodes ?? [], outages);
    this.#calls = new SealedCalls(this.#keys.routes);
    options.onSealKeys?.((keys) => {
      this.#digest.rekey(rekey(this.#keys, keys));
      this.#calls.forget();
    });
    this.#digest = new DigestAuthenticator({
      edge: edgeId,
      incarnation: this.#incarnation,
      keys: this.#keys.nonces,
      random: () => randomBytes(9).toString('base64url'),
    });
    const watched = (service: string, effect: string) => ({
      failed: (error: unknown) => void outages.failed(service, `${service} can't be asked: ${effect}`, { error }),
      succeeded: () => void outages.healed(service, `${service} answers again`),
    });
    const now = monotonicClock.now;
    const ofLocation = watched('location', 'phones that were not called lately get 503');
    const limits = { now, capacity: cacheCapacity, silenceMs, timeoutMs: lookupTimeoutMs };
    this.#directory = new DirectoryCache({
      ...limits,
      ...watched('directory', 'what is not known yet gets 503'),
      service: options.directory,
    });
    this.#location = new LocationCache({
      ...limits,
      ...ofLocation,
      service: options.location,
      ...(options.returnMs === undefined ? {} : { returnMs: options.returnMs }),
    });
    this.#conferences =
      options.focus === undefined
        ? undefined
        : new ConferenceCache({
            service: options.focus,
            reaches: ({ podId, incarnation }) =>
              this.links.flowToPod(conferenceFocus, podId)?.peer.incarnation === incarnation,
            now,
            capacity: cacheCapacity,
            timeoutMs: lookupTimeoutMs,
            ...watched(conferenceFocus, 'who calls a conference gets 503'),
          });
    const self = { id: edgeId, incarnation: this.#incarnation };
    this.lease = new EdgeLease({
      ...ofLocation,
      service: options.location,
      edge: self,
      ownsPinholes: options.udpPinholes === 'owned',
      admission: this.#admission,
      locationHeardAt: () => this.#location.heardAt,
      peers: () => this.#peers.size,
      logger,
      now,
      timeoutMs: lookupTimeoutMs,
    });
    this.#peers = new EdgePeers({
      bus,
      self,
      address: options.siplinkAddress,
      now,
      connect: (endpoint, changed) =>
        connectEdge(endpoint, {
          ...options,
          self,
          outages,
          events: this.stack.events,
          counters: this.meters.links.with('edge').calls,
          changed,
        }),
    });
    this.capture = new EdgeCapture({
      edgeId,
      limits: options.capture,
      hep: options.hep,
      outages,
      bus,
      others: () => this.#peers.services,
      peerOf: (flow) => this.links.serviceAt(flow),
    });
    const { tap } = this.capture;
    this.stack = new SipStack({
      ...(tap === undefined ? {} : { tap }),
      branches: new BranchSource({ edge: edgeId, incarnation: this.#incarnation }),
      onBug: (error) => logger.error('a bug in handling a message', { error }),
      observer: this.meters.transactions,
      user: (stack) => {
        this.#user = this.#userOf(stack);
        return this.#user;
      },
    });
    this.acceptor = new SipLinkAcceptor({
      events: this.stack.events,
      local: options.grpc,
      self: { name: edgeId, incarnation: this.#incarnation },
      counters: this.meters.links.with('edge'),
    });
    this.#subscriptions = feedCaches(bus, this.#directory, this.#location);
    for (const [service, instances] of Object.entries(options.services)) {
      const came = (open: OpenLink): (() => void) =>
        this.links.add(service, (linkClass: SipLinkClass) =>
          open({
            linkClass,
            self: { name: edgeId, incarnation: this.#incarnation },
            events: this.stack.events,
            counters: this.meters.links.with(service)[linkClass],
          }),
        );
      if (typeof instances === 'function') instances(came);
      else instances.forEach(came);
    }
  }

  /** How many entries each cache holds. */
  get cached(): Readonly<Record<string, number>> {
    return { bindings: this.#location.size, conferences: this.#conferences?.size ?? 0, ...this.#directory.sizes };
  }

  /** How lookups were served since the start, by cache. */
  get lookups(): Readonly<Record<string, LookupCounters>> {
    const conferences = this.#conferences?.counters;
    const others = conferences === undefined ? {} : { conferences };
    return { bindings: this.#location.counters, ...this.#directory.counters, ...others };
  }

  /** SipLink streams that this edge has open now, by who is at the other end. */
  *streams(): Iterable<readonly [peer: string, linkClass: SipLinkClass, open: number]> {
    yield* this.links.streams();
    yield ['edge', 'calls', this.#peers.size];
  }

  /** When each certificate of the listeners ends, in seconds since the epoch. */
  get certificateEnds(): ReadonlyMap<string, number> {
    return this.#certificates.ends;
  }

  /** What balancers brought to another edge than it was for, since the start. */
  get misplaced(): Readonly<MisplacedCounters> {
    return this.#user.misplaced.counters;
  }

  /** Registrations that were sent away since the start, by what was too busy, and those that wait for a registrar. */
  get registrations(): Pick<RegistrationGovernor, 'refused' | 'underWay'> {
    return this.#registrations;
  }

  /** What relays media; undefined where nothing does. */
  get media(): EdgeMedia | undefined {
    return this.#media;
  }

  /** Rejects with a sentence while a SIP service can't be reached, until the other edges are known, and where phones are better off at another one. */
  async ready(): Promise<void> {
    const { trouble } = this.lease;
    if (trouble !== undefined) throw new Error(trouble);
    if (!this.links.reaches('registrar', 'REGISTER')) throw new Error('no registrar has accepted a stream');
    if (!this.#peers.acquainted) throw new Error('the other edges are not known yet');
  }

  /** How far it is with leaving; undefined while it isn't. */
  get leaving(): EdgeDrain | undefined {
    return this.#drain;
  }

  /** Empties the edge (see `EdgeDrain`); resolves when nothing is left to do, or the time for it is up, which is no more than `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    const { drain = defaultDrain, logger } = this.#options;
    const noticeMs = Math.min(drain.noticeMs, timeoutMs);
    this.#peers.drain();
    this.#drain = new EdgeDrain({
      times: { noticeMs, graceMs: Math.min(drain.graceMs, timeoutMs - noticeMs) },
      successors: () => this.#peers.successors,
      unanswered: () => this.stack.unanswered,
      streams: () => this.listeners.streams.map(({ port }) => port),
      newRequests: (become) => {
        this.#admission.drain(become === 'refused');
        // A pinhole of this edge's own lets nobody else's answer through.
        this.#user.misplaced.handOver(become === 'handed over' && this.#options.udpPinholes !== 'owned');
      },
      logger,
      now: monotonicClock.now,
    });
    await this.#drain.done;
  }

  async stop(): Promise<void> {
    this.#drain?.stop();
    this.lease.leave();
    this.#peers.close();
    this.#media?.nodes.close();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    await this.listeners.close();
    this.#certificates.close();
    await this.lease.stop();
    this.links.close();
    this.acceptor.close();
    this.stack.close();
    this.capture.close();
    await this.#callEvents.flush();
  }

  async #listen(): Promise<void> {
    const { sip, udp } = this.#options;
    const events = this.lease.watching(this.stack.events);
    await this.listeners.open({ ...sip, udp, events, certificates: this.#certificates });
    this.lease.start();
    for (const address of this.listeners.addresses) this.#own.add(address);
    // A phone may write what it sends to into a Route, whatever is advertised.
    for (const { host, port } of this.listeners.aliases) this.#own.addAlias(host, port);
    for (const { transport, port, family } of this.listeners.all) this.stack.addPort(transport, port, family);
  }

  /** A draining edge got it in this one's place. */
  #take({ raw, source, listener }: HandedRequest): boolean {
    const flow = this.listeners.udp(source, listener);
    if (flow === undefined || this.#drain !== undefined) return false;
    this.stack.events.message(raw, flow, undefined);
    return true;
  }

  #userOf(stack: SipStack): EdgeUser {
    const { edgeId, logger, tracing, dns, timers, sip } = this.#options;
    const incarnation = this.#incarnation;
    const wallClock = (): number => Date.now();
    const own = this.#own;
    const outbound = new Outbound({
      edgeId,
      incarnation,
      wires: this.listeners,
      pinholes: this.#options.udpPinholes ?? 'shared',
      links: {
        service: (name, method, pod) =>
          pod === undefined ? this.links.flow(name, method) : this.links.flowToPod(name, pod),
        edge: (id, life) => this.#peers.flow(id, life),
        isOver: (id, life) => this.#peers.isOver(id, life),
        isLeaving: (id, life) => this.#peers.isLeaving(id, life),
      },
    });
    const resolver = new Resolver({ ...reachOf(sip.listeners), ...(dns === undefined ? {} : { dns }) });
    const locate = locator(resolver, (uri, reason) => logger.info(`no way to ${uri}: ${reason}`));
    const authentication: AuthenticationPorts = {
      digest: this.#digest,
      directory: this.#directory,
      claimNonce: (origin, nonce, count, answered) =>
        this.#peers.claimNonce(origin.edge, origin.incarnation, nonce, count, answered),
      wallClock,
    };
    // What decides where a new request goes, for those of phones and for rehearsed ones.
    const deciding = {
      outbound,
      own,
      locate,
      authentication,
      location: this.#location,
      openGruu: (user: string) => openTemporaryGruu(user, this.#keys.gruus),
      admission: this.#admission,
      registrations: this.#registrations,
      reachable: (service: string, method: string, pod?: string) =>
        pod === undefined ? this.links.reaches(service, method) : this.links.flowToPod(service, pod) !== undefined,
    };
    this.rehearsal = new Rehearsal({
      ...deciding,
      edgeId,
      conferences: this.#conferences,
      listening: () => this.listeners.all.map(({ transport, port: { address } }) => ({ transport, address })),
      hasRelay: this.#media !== undefined,
      now: monotonicClock.now,
    });
    return createEdgeUser({
      ...deciding,
      stack,
      logger,
      tracing,
      flowTokens: flowTokensOf({ id: edgeId, incarnation }, (local) => this.listeners.nameOf(local)),
      listenerOf: ({ local }) => this.listeners.nameOf(local),
      calls: this.#calls,
      observer: new BusCallEvents({ batches: this.#callEvents, tracing, edgeId, incarnation, wallClock }),
      security: this.meters.security,
      meter: this.meters.tenants,
      neighbours: this.#peers,
      registered: (...registration) => this.lease.flows.registered(...registration),
      deviceOver: (...over) => this.lease.flows.deviceOver(...over),
      focusAt: (flow) => this.links.podAt(conferenceFocus, flow),
      ...(this.#conferences === undefined ? {} : { conferences: this.#conferences }),
      mediaCounters: this.mediaCounters,
      ...(this.#media === undefined ? {} : { mediaAnchor: this.#media.anchor }),
      ...(timers === undefined ? {} : { timers }),
    });
  }
}
