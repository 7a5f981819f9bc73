import { randomBytes } from 'node:crypto';
import { type Logger, silentLogger, Tracing } from '@ringdown/platform';
import { DigestAuthenticator } from '@ringdown/sip-auth';
import { parseUri } from '@ringdown/sip-message';
import { openTemporaryGruu, type ProxyTimers } from '@ringdown/sip-proxy';
import { BranchSource, type Clock, SipStack } from '@ringdown/sip-runtime';
import {
  type EnvelopeContext,
  type Flow,
  type HostPort,
  nextFlowId,
  type TransportEvents,
} from '@ringdown/sip-transport';
import type { EdgeMeters } from '../adapters/metering/edge-meters.js';
import { createEdgeUser } from '../adapters/sip/create-edge-user.js';
import type { EdgeUser } from '../adapters/sip/edge-user.js';
import { flowTokensOf } from '../adapters/sip/flow-tokens.js';
import { edgeKeys } from '../adapters/sip/keys.js';
import type { Locate } from '../adapters/sip/locator.js';
import type { MisplacedMessages } from '../adapters/sip/misplaced-messages.js';
import type { Neighbours } from '../adapters/sip/neighbours.js';
import { Outbound } from '../adapters/sip/outbound.js';
import { SealedCalls } from '../adapters/sip/sealed-calls.js';
import { Admission } from '../domain/admission.js';
import { OwnAddresses } from '../domain/own-addresses.js';
import type { CallObserver } from '../ports/call-observer.js';
import type { DirectoryLookups, LocationLookups, Lookup } from '../ports/lookups.js';
import type { MediaAnchor } from '../ports/media-anchor.js';
import type { OwningServices } from './owning-services.js';

/** What left the edge, by the address that it went to. */
export type Received = (to: HostPort, raw: string) => void;

export interface AssembledEdgeOptions {
  readonly owning: OwningServices;
  readonly received: Received;
  readonly clock?: Clock;
  readonly mediaAnchor?: MediaAnchor;
  readonly timers?: Partial<ProxyTimers>;
  readonly meters?: EdgeMeters;
  readonly calls?: CallObserver;
  /** Default: `edge-1`. */
  readonly edgeId?: string;
  /** Default: it knows of no other edge. */
  readonly neighbours?: Neighbours;
  /** Default: what is written is dropped. */
  readonly logger?: Logger;
}

const here: HostPort = { host: '192.0.2.10', port: 5060 };

/** A datagram flow without a network: what is sent on it is handed out at once. */
class MemoryFlow implements Flow {
  readonly id = nextFlowId();
  readonly transport = 'UDP';
  readonly reliable = false;
  readonly local = here;
  readonly closed = false;

  constructor(
    readonly remote: HostPort,
    private readonly wire: MemoryWire,
  ) {}

  send(raw: string): boolean {
    this.wire.received(this.remote, raw);
    return true;
  }

  flowTo(remote: HostPort): Flow {
    return this.wire.flowTo(remote);
  }

  close(): void {}
}

class MemoryWire {
  readonly address = here;
  readonly #flows = new Map<string, MemoryFlow>();

  constructor(readonly received: Received) {}

  flowTo(remote: HostPort): MemoryFlow {
    const key = `${remote.host}:${remote.port}`;
    const known = this.#flows.get(key) ?? new MemoryFlow(remote, this);
    this.#flows.set(key, known);
    return known;
  }
}

/** A SipLink stream as far as an ingress shows one. */
class LinkFlow extends MemoryFlow {
  // What another pod sends came over SipLink: the answer goes back to it, in the test's hands.
  override readonly transport = 'SIPLINK' as 'UDP';
}

/** The edge's routing over flows in memory and tables that answer within the turn, with everything that can be put in its place. */
export class AssembledEdge {
  readonly stack: SipStack;
  readonly admission = new Admission();
  readonly flow: { readonly edgeId: string; readonly incarnation: string };
  readonly #wire: MemoryWire;
  readonly #events: TransportEvents;
  #user!: EdgeUser;

  constructor(private readonly options: AssembledEdgeOptions) {
    this.flow = { edgeId: options.edgeId ?? 'edge-1', incarnation: 'i1' };
    this.#wire = new MemoryWire(options.received);
    const { clock, meters } = options;
    this.stack = new SipStack({
      branches: new BranchSource({ edge: this.flow.edgeId, incarnation: this.flow.incarnation }),
      user: (stack) => {
        this.#user = this.#userOf(stack);
        return this.#user;
      },
      onBug: (error) => {
        throw error;
      },
      ...(clock === undefined ? {} : { clock }),
      ...(meters === undefined ? {} : { observer: meters.transactions }),
    });
    this.stack.addPort('UDP', this.#wire);
    this.#events = this.stack.events;
  }

  /** What other edges have to do with. */
  get misplaced(): MisplacedMessages {
    return this.#user.misplaced;
  }

  /** A datagram from this address. */
  receive(from: HostPort, raw: string): void {
    this.#events.message(raw, this.#wire.flowTo(from), undefined);
  }

  /** A message from another part of the platform. */
  receiveOverLink(from: HostPort, raw: string, envelope: EnvelopeContext): void {
    this.#events.message(raw, new LinkFlow(from, this.#wire), envelope);
  }

  #userOf(stack: SipStack): EdgeUser {
    const { owning, mediaAnchor, timers, neighbours, calls: observer, meters, logger = silentLogger() } = this.options;
    const { edgeId, incarnation } = this.flow;
    const wire = this.#wire;
    const own = new OwnAddresses();
    own.add({ transport: 'UDP', family: 4, local: here, ...here });
    const { routes, nonces, gruus } = edgeKeys([{ id: 1, key: Buffer.alloc(32, 1) }]);
    const directory = directoryOf(owning);
    const location = locationOf(owning, () => stack.now());
    const outbound = new Outbound({
      edgeId,
      incarnation,
      wires: {
        udp: (remote) => wire.flowTo(remote),
        stream: (_, remote) => wire.flowTo(remote),
        connection: () => undefined,
        alias: () => undefined,
      },
      links: { service: () => undefined, edge: () => undefined, isOver: () => false, isLeaving: () => false },
    });
    const tracing = new Tracing({ service: 'edge-proxy', sampling: 0, key: 'test', otlpEndpoint: undefined });
    const locate: Locate = (text, located) => {
      const uri = parseUri(text);
      if (uri.kind !== 'sip') located([]);
      else {
        const { host, port = 5060 } = uri;
        located([{ kind: 'address', address: { transport: 'UDP', host, port, serverName: host } }]);
      }
    };
    const authentication = {
      digest: new DigestAuthenticator({
        edge: edgeId,
        incarnation,
        keys: nonces,
        random: () => randomBytes(9).toString('base64url'),
      }),
      directory,
      claimNonce: (_origin: unknown, _nonce: string, _count: number, answered: (claim: 'gone') => void) =>
        answered('gone'),
      wallClock: () => Date.now(),
    };
    return createEdgeUser({
      stack,
      outbound,
      own,
      location,
      locate,
      authentication,
      logger,
      tracing,
      flowTokens: flowTokensOf({ id: edgeId, incarnation }),
      openGruu: (user) => openTemporaryGruu(user, gruus),
      calls: new SealedCalls(routes),
      observer: observer ?? silentCalls,
      security: { refused: () => undefined, unknownDomain: () => undefined },
      admission: this.admission,
      reachable: () => false,
      ...(mediaAnchor === undefined ? {} : { mediaAnchor }),
      ...(meters === undefined ? {} : { meter: meters.tenants }),
      ...(neighbours === undefined ? {} : { neighbours }),
      ...(timers === undefined ? {} : { timers }),
    });
  }
}

const silentCalls: CallObserver = {
  started: () => undefined,
  answered: () => undefined,
  refreshed: () => undefined,
  ended: () => undefined,
};

function lookup<V>(value: V | undefined): Lookup<V> {
  return value === undefined ? { kind: 'absent' } : { kind: 'found', value };
}

/** Warm caches: every answer comes within the turn. */
export function directoryOf(owning: OwningServices): DirectoryLookups {
  const lookups: DirectoryLookups = {
    within: () => lookups,
    tenantByDomain: (domain, answered) => answered(lookup(owning.domains.get(domain))),
    tenant: (tenantId, answered) =>
      answered(lookup([...owning.domains.values()].find((each) => each.tenantId === tenantId))),
    tenantByNumber: (e164, answered) => answered(lookup(owning.numbers.get(e164))),
    subscriber: (tenantId, username, answered) => answered(lookup(owning.subscribers.get(`${tenantId} ${username}`))),
    routes: (tenantId, answered) => answered({ kind: 'found', value: owning.routes.get(tenantId) ?? [] }),
  };
  return lookups;
}

export function locationOf(owning: OwningServices, now: () => number): LocationLookups {
  const lookups: LocationLookups = {
    within: () => lookups,
    bindings: (tenantId, addressOfRecord, answered) => {
      const bindings = owning.bindings.get(`${tenantId} ${addressOfRecord}`);
      answered(lookup(bindings === undefined ? undefined : { version: 1, bindings, readAt: now() }));
    },
    registered: () => undefined,
    doubt: () => undefined,
    ownerAway: () => undefined,
    flowGone: (tenantId, addressOfRecord, { bindingKey }) => {
      owning.unbound.push({ tenantId, addressOfRecord, bindingKey, flowToken: '', edgeId: '', incarnation: '' });
    },
  };
  return lookups;
}
