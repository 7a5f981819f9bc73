import { callStream, location, locationEvents } from '@ringdown/contracts';
import { type CertificateSource, createLogger, InProcessBus, type SipListener, Tracing } from '@ringdown/platform';
import type { ProxyTimers } from '@ringdown/sip-proxy';
import { BranchSource, type DnsClient, type RequestHandler, SipStack, UserAgentServer } from '@ringdown/sip-runtime';
import { type HostPort, InProcessSipLinkClient, SipLinkAcceptor, type UdpChoice } from '@ringdown/sip-transport';
import type { WireTransport } from '@ringdown/testkit';
import { EdgeRuntime } from '../edge-runtime.js';
import type { EdgeDependencies, OpenLink } from '../edge-runtime-options.js';
import type { FocusPods } from './focus-pods.js';
import { listenersOf } from './listeners-of.js';
import { OwningServices } from './owning-services.js';
import { Peer } from './peer.js';
import type { FlowOf } from './tables.js';

export interface RunningEdgeOptions {
  readonly services?: Readonly<Record<string, Readonly<Record<string, RequestHandler>>>>;
  readonly owning?: OwningServices;
  readonly focus?: FocusPods;
  readonly timers?: Partial<ProxyTimers>;
  readonly dns?: DnsClient;
  readonly edgeId?: string;
  readonly udp?: UdpChoice;
  readonly listeners?: readonly SipListener[];
  readonly certificates?: readonly CertificateSource[];
  readonly caPath?: string;
  /** Default: nobody waits for a phone that has lost its connection. */
  readonly returnMs?: number;
  readonly udpPinholes?: 'shared' | 'owned';
  readonly sealKeys?: readonly { readonly id: number; readonly key: Buffer }[];
  readonly onSealKeys?: EdgeDependencies['onSealKeys'];
}

const grpc: HostPort = { host: '127.0.0.1', port: 1 };

/** A whole edge on loopback sockets, with tables for the owning services and user agent servers behind SipLink. */
export class RunningEdge {
  readonly log: { readonly level: string; readonly message: string }[] = [];
  readonly peers: Peer[] = [];
  readonly #stacks: SipStack[] = [];

  private constructor(
    readonly runtime: EdgeRuntime,
    readonly owning: OwningServices,
    readonly bus: InProcessBus,
    log: RunningEdge['log'],
  ) {
    this.log = log;
  }

  static async open(options: RunningEdgeOptions = {}): Promise<RunningEdge> {
    const log: { level: string; message: string }[] = [];
    const logger = createLogger({
      service: 'edge-proxy',
      level: 'info',
      pretty: false,
      write: (line) => log.push(JSON.parse(line) as { level: string; message: string }),
    });
    const bus = new InProcessBus({ logger });
    await bus.declareStream(callStream);
    const owning = options.owning ?? new OwningServices();
    owning.onBound = (tenantId, addressOfRecord) => {
      const bindings = [...(owning.bindings.get(`${tenantId} ${addressOfRecord}`) ?? [])];
      const { version } = owning;
      const event: location.WatchResponse = {
        position: version,
        event: {
          $case: 'changed',
          value: { tenantId, addressOfRecord, version, bindings, reason: location.ChangeReason.REGISTERED },
        },
      };
      bus.publish(locationEvents.subject(event), locationEvents.encode(event));
    };
    const stacks: SipStack[] = [];
    const services: Record<string, readonly OpenLink[]> =
      options.focus === undefined ? {} : { 'conference-focus': options.focus.links };
    for (const [name, methods] of Object.entries(options.services ?? {})) {
      const stack = new SipStack({
        branches: new BranchSource({ edge: name, incarnation: 'i1' }),
        user: (made) =>
          new UserAgentServer(made, {
            methods,
            onBug: (error) => {
              throw error;
            },
          }),
      });
      stacks.push(stack);
      const acceptor = new SipLinkAcceptor({ events: stack.events, local: grpc });
      services[name] = [(link) => new InProcessSipLinkClient({ ...link, acceptor })];
    }
    const runtime = await EdgeRuntime.open({
      edgeId: options.edgeId ?? 'edge-1',
      sip: { listeners: options.listeners ?? listenersOf('udp://127.0.0.1:0,tcp://127.0.0.1:0') },
      tls: { certificates: options.certificates, caPath: options.caPath },
      udp: { choice: options.udp ?? 'auto', gatherMs: 1 },
      grpc,
      siplinkAddress: () => undefined,
      logger,
      tracing: new Tracing({ service: 'edge-proxy', sampling: 0, key: 'test', otlpEndpoint: undefined }),
      bus,
      directory: owning.directory,
      location: owning.location,
      services,
      focus: options.focus?.service,
      sealKeys: options.sealKeys ?? [{ id: 1, key: Buffer.alloc(32, 7) }],
      returnMs: options.returnMs ?? 0,
      ...(options.udpPinholes === undefined ? {} : { udpPinholes: options.udpPinholes }),
      ...(options.onSealKeys === undefined ? {} : { onSealKeys: options.onSealKeys }),
      ...(options.timers === undefined ? {} : { timers: options.timers }),
      ...(options.dns === undefined ? {} : { dns: options.dns }),
    });
    const edge = new RunningEdge(runtime, owning, bus, log);
    edge.#stacks.push(...stacks);
    return edge;
  }

  get address(): HostPort {
    return this.runtime.listeners.address;
  }

  async peer(transport: 'UDP' | 'TCP' = 'UDP'): Promise<Peer> {
    const peer = await Peer.open(transport, this.address);
    this.peers.push(peer);
    return peer;
  }

  /** A phone over one of the listeners: over the first of that transport, and of that family where one is asked for. */
  async phone(transport: WireTransport, family: 4 | 6 = 4, ca?: string): Promise<Peer> {
    const listener = this.runtime.listeners.all.find((each) => each.transport === transport && each.family === family);
    if (listener === undefined) throw new Error(`the edge doesn't listen on ${transport} over IPv${family}`);
    const peer = await Peer.over(transport, listener.bound, ca);
    this.peers.push(peer);
    return peer;
  }

  /** A flow of this edge's, as a registration over it would have stored it. */
  flow(flowToken: string): FlowOf {
    const { edge: edgeId, incarnation } = this.runtime.stack.branches.owner;
    return { edgeId, incarnation, flowToken };
  }

  async close(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.close()));
    await this.runtime.stop();
    for (const stack of this.#stacks) stack.close();
    await this.bus.close();
  }
}
