import type { ServicePlace, ServiceProcess } from '../service-process.js';
import { ServicesApart } from '../services-apart.js';
import { edgeListeners } from './edge-listeners.js';
import { Faults } from './faults.js';
import { FieldCertificate } from './field-certificate.js';
import type { FieldHost, Place } from './field-host.js';
import { FieldNetwork } from './field-network.js';
import { MediaRelay } from './media-relay.js';
import { StreamBalancer } from './stream-balancer.js';
import { UdpBalancer } from './udp-balancer.js';

export interface FieldOptions {
  readonly edges: number;
  readonly locations?: number;
  readonly registrars?: number;
  /** Default: none, and no records of calls. */
  readonly accountings?: number;
  /** Whether there is an rtpengine, which the edges use. */
  readonly mediaRelay?: boolean;
  /** Settings for every service. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** An edge and the machine that it has for itself. */
export interface FieldEdge {
  readonly host: FieldHost;
  readonly service: ServiceProcess;
}

/** What is there when a field is up. */
interface FieldParts {
  readonly udp: UdpBalancer;
  readonly streams: StreamBalancer;
  readonly certificate: FieldCertificate;
  readonly relay: MediaRelay | undefined;
  readonly hosts: ReadonlyMap<string, readonly FieldHost[]>;
  /** What was started, in that order. */
  readonly ending: readonly (() => Promise<void>)[];
}

/** Domains that tests use. */
const certificateNames = ['acme.test', '*.acme.test', 'demo.ringdown.test'];
const httpPort = 8080;
const grpcPort = 9000;
/** Host numbers in core. */
const postgresAt = 3;
const natsAt = 4;
/** No other machine of public has this number. */
const relayAt = 30;
const firstEdgeAt = 11;
const firstServiceAt = 50;

/**
 * The platform on machines of its own behind load balancers: each service in a network namespace with its own addresses, phones in others, in
 * public and behind a NAT. Needs root; `canRunField` says whether this machine can.
 */
export class Field {
  readonly network: FieldNetwork;
  readonly faults: Faults;
  readonly apart: ServicesApart;
  readonly edges: readonly FieldEdge[];
  readonly locations: readonly FieldEdge[];
  readonly udp: UdpBalancer;
  readonly streams: StreamBalancer;
  /** What the edges' TLS is proved by. */
  readonly certificate: FieldCertificate;
  /** undefined unless one was asked for. */
  readonly relay: MediaRelay | undefined;
  readonly #ending: readonly (() => Promise<void>)[];

  /** Resolves when every edge is ready and gets its share of the phones. On failure nothing stays. */
  static async start(options: FieldOptions): Promise<Field> {
    const network = await FieldNetwork.build();
    const ending: (() => Promise<void>)[] = [() => network.remove()];
    try {
      const { edges: edgeCount, locations = 1, registrars = 1, accountings = 0 } = options;
      const { mediaRelay = false, environment = {} } = options;
      const edgeHosts = await addHosts(network, 'edge-proxy', edgeCount, firstEdgeAt);
      const hosts = new Map<string, readonly FieldHost[]>([['edge-proxy', edgeHosts]]);
      let at = firstServiceAt;
      for (const [name, count] of Object.entries({
        location: locations,
        directory: 1,
        registrar: registrars,
        redirect: 1,
        accounting: accountings,
      })) {
        hosts.set(name, await addHosts(network, name, count, at));
        at += count;
      }
      const certificate = await FieldCertificate.make([network.virtualIpv4, network.virtualIpv6, ...certificateNames]);
      ending.push(async () => certificate.remove());
      const relay = mediaRelay ? await MediaRelay.start(await network.addBorderHost('relay', relayAt)) : undefined;
      if (relay !== undefined) ending.push(() => relay.stop());
      const apart = await ServicesApart.start({
        locations,
        registrars,
        edges: edgeCount,
        accountings,
        environment: { ...environment, ...(relay === undefined ? {} : { RINGDOWN_RTPENGINE_URLS: `1@${relay.ng}` }) },
        postgresHost: network.outside('postgres', postgresAt).ipv4,
        natsHost: network.outside('nats', natsAt).ipv4,
        placeOf: (name, number) => placeOn(name, hosts.get(name)?.[number - 1], network, certificate),
      });
      ending.push(() => apart.stop());
      const balancing = {
        host: network.balancer,
        virtualIpv4: network.virtualIpv4,
        virtualIpv6: network.virtualIpv6,
        edges: edgeHosts,
      };
      const udp = await UdpBalancer.start(balancing);
      ending.push(() => udp.stop());
      const streams = await StreamBalancer.start(balancing);
      ending.push(() => streams.stop());
      await udp.spreadsOver(edgeCount);
      return new Field(network, apart, { udp, streams, certificate, relay, hosts, ending });
    } catch (error) {
      await endAll(ending);
      throw error;
    }
  }

  private constructor(
    network: FieldNetwork,
    apart: ServicesApart,
    { udp, streams, certificate, relay, hosts, ending }: FieldParts,
  ) {
    this.network = network;
    this.apart = apart;
    this.udp = udp;
    this.streams = streams;
    this.certificate = certificate;
    this.relay = relay;
    this.#ending = ending;
    this.faults = new Faults(network);
    const pair = (name: string, services: readonly ServiceProcess[]) =>
      services.map((service, index) => ({ service, host: hosts.get(name)?.[index] as FieldHost }));
    this.edges = pair('edge-proxy', apart.edges);
    this.locations = pair('location', apart.locations);
  }

  /** Where phones send to over IPv4: `host:port` of the balancer. */
  get sip(): string {
    return `${this.network.virtualIpv4}:5060`;
  }

  /** For faults between somebody and the bus. */
  get nats(): Place {
    return this.network.outside('nats', natsAt);
  }

  /** For faults between somebody and the database. */
  get postgres(): Place {
    return this.network.outside('postgres', postgresAt);
  }

  /** Ends everything and removes the network. */
  async stop(): Promise<void> {
    await endAll(this.#ending);
  }
}

async function addHosts(network: FieldNetwork, name: string, count: number, firstAt: number): Promise<FieldHost[]> {
  const hosts: FieldHost[] = [];
  for (let number = 1; number <= count; number += 1) {
    hosts.push(await network.addCoreHost(`${name}-${number}`, firstAt + number - 1));
  }
  return hosts;
}

/** Whoever was started last ends first, and what can't be ended keeps nothing else alive. */
async function endAll(ending: readonly (() => Promise<void>)[]): Promise<void> {
  const problems: unknown[] = [];
  for (const end of ending.toReversed()) await end().catch((error: unknown) => problems.push(error));
  if (problems.length > 0) throw new AggregateError(problems, 'the field could not be cleared');
}

function placeOn(
  name: string,
  host: FieldHost | undefined,
  network: FieldNetwork,
  certificate: FieldCertificate,
): ServicePlace {
  if (host === undefined) throw new Error('a service is started that no machine was made for');
  return {
    prefix: host.prefix,
    settings: {
      RINGDOWN_PEER_INSECURE: 'mesh',
      RINGDOWN_GRPC_HOST: host.ipv4,
      RINGDOWN_GRPC_PORT: String(grpcPort),
      RINGDOWN_HTTP_HOST: host.ipv4,
      RINGDOWN_HTTP_PORT: String(httpPort),
      ...(name === 'edge-proxy'
        ? { RINGDOWN_SIP_LISTENERS: edgeListeners(host, network), RINGDOWN_TLS_CERTIFICATES: certificate.setting }
        : {}),
    },
  };
}
