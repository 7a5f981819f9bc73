import { readFileSync } from 'node:fs';
import {
  startNatsServer,
  startPostgres,
  type TestNatsServer,
  type TestPostgres,
  testedPostgresVersions,
} from '@ringdown/testkit';
import { OperatorApi } from './operator-api.js';
import { portOf, type ServicePlace, ServiceProcess } from './service-process.js';

export interface ServicesApartOptions {
  readonly locations: number;
  readonly registrars: number;
  readonly edges: number;
  /** Default: none, and no conferences. */
  readonly focuses?: number;
  /** Default: none, and no records of calls. */
  readonly accountings?: number;
  /** Settings for every service, such as where traces go. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where Postgres and nats-server listen, if not on loopback. */
  readonly postgresHost?: string;
  readonly natsHost?: string;
  /** Where a service runs, if not as this process does; called once for each, in order, with the number among those of its name from 1. */
  readonly placeOf?: (name: string, number: number) => ServicePlace;
}

const acquaintanceMs = 10_000;
const adminToken = 'operator-key-of-the-tests';
/** Any 32 bytes, alike on every edge. */
const sealKeys = `1:${Buffer.alloc(32, 'seal').toString('base64')}`;

/** The platform with every service in a process of its own, on free ports, with a Postgres and a nats-server that nobody else uses. */
export class ServicesApart {
  readonly postgres: TestPostgres;
  readonly nats: TestNatsServer;
  readonly locations: ServiceProcess[] = [];
  readonly registrars: ServiceProcess[] = [];
  readonly edges: ServiceProcess[] = [];
  readonly focuses: ServiceProcess[] = [];
  readonly accountings: ServiceProcess[] = [];
  readonly #others: ServiceProcess[] = [];
  readonly #environment: Readonly<Record<string, string>>;
  readonly #placeOf: ServicesApartOptions['placeOf'];
  readonly #started = new Map<string, number>();
  #directory: ServiceProcess | undefined;
  #databaseUrl = '';

  /** Starts the services in the order in which they need each other's addresses, and resolves when all of them are ready. */
  static async start(options: ServicesApartOptions): Promise<ServicesApart> {
    const version = testedPostgresVersions()[0];
    if (version === undefined) throw new Error('no Postgres on this machine');
    const { postgresHost, natsHost } = options;
    const [postgres, nats] = await Promise.all([
      startPostgres({ version, ...(postgresHost === undefined ? {} : { host: postgresHost }) }),
      startNatsServer(natsHost),
    ]);
    const apart = new ServicesApart(postgres, nats, options);
    try {
      await apart.#startServices(options);
    } catch (error) {
      await apart.stop();
      throw error;
    }
    return apart;
  }

  private constructor(postgres: TestPostgres, nats: TestNatsServer, options: ServicesApartOptions) {
    this.postgres = postgres;
    this.nats = nats;
    this.#environment = options.environment ?? {};
    this.#placeOf = options.placeOf;
  }

  get directory(): ServiceProcess {
    if (this.#directory === undefined) throw new Error('the directory was not started');
    return this.#directory;
  }

  /** Of the database that directory and location keep their tables in. */
  get databaseUrl(): string {
    return this.#databaseUrl;
  }

  /** Where an edge takes SIP: `127.0.0.1:port`. */
  sip(edge: number): string {
    return this.edges[edge]?.sip ?? '';
  }

  /** The REST API with the operator's key. */
  get operator(): OperatorApi {
    return new OperatorApi(`http://${this.directory.http}`, adminToken);
  }

  /** The REST API of a pod of the focus with the operator's key: its rooms and conferences. */
  conferences(focus: number): OperatorApi {
    return new OperatorApi(`http://${this.focuses[focus]?.http}`, adminToken);
  }

  /** Where an edge serves REST, and its key. */
  restOfEdge(edge: number): { readonly url: string; readonly token: string } {
    return { url: `http://${this.edges[edge]?.http}`, token: adminToken };
  }

  /** How often each service has logged each message as a warning or an error: `location: Postgres cannot be reached`, 1. */
  complaints(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { name, message } of this.services.flatMap((service) => service.complaints())) {
      const complaint = `${name}: ${message}`;
      counts.set(complaint, (counts.get(complaint) ?? 0) + 1);
    }
    return counts;
  }

  /** Kills every process and removes what they wrote: draining is not what is tested with it. */
  async stop(): Promise<void> {
    await Promise.all(this.services.map((service) => service.kill9()));
    await Promise.all([this.postgres.stop(), this.nats.stop()]);
  }

  /** Every service that runs, the edges first. */
  get services(): readonly ServiceProcess[] {
    const services = [
      ...this.edges,
      ...this.#others,
      ...this.accountings,
      ...this.focuses,
      ...this.registrars,
      ...this.locations,
    ];
    return this.#directory === undefined ? services : [...services, this.#directory];
  }

  async #startServices({
    locations,
    registrars,
    edges,
    focuses = 0,
    accountings = 0,
  }: ServicesApartOptions): Promise<void> {
    const bus = { RINGDOWN_NATS_URL: this.nats.url };
    this.#databaseUrl = await this.postgres.createDatabase();
    const stored = { ...bus, RINGDOWN_POSTGRES_URL: this.#databaseUrl };
    const startMany = (name: string, count: number, settings: Readonly<Record<string, string>>) =>
      Promise.all(Array.from({ length: count }, () => this.#start(name, settings)));

    const [directory, locationProcesses, accountingProcesses] = await Promise.all([
      this.#start('directory', { ...stored, RINGDOWN_ADMIN_TOKEN: adminToken }),
      startMany('location', locations, { ...stored, RINGDOWN_ADMIN_TOKEN: adminToken }),
      startMany('accounting', accountings, { ...stored, RINGDOWN_ADMIN_TOKEN: adminToken }),
    ]);
    this.#directory = directory;
    this.locations.push(...locationProcesses);
    this.accountings.push(...accountingProcesses);
    const asking = { RINGDOWN_LOCATION_URLS: addresses(this.locations), RINGDOWN_DIRECTORY_URLS: directory.grpc };
    const [registrarProcesses, redirect, focusProcesses] = await Promise.all([
      startMany('registrar', registrars, { ...asking, RINGDOWN_SEAL_KEYS: sealKeys }),
      this.#start('redirect', asking),
      Promise.all(
        Array.from({ length: focuses }, (_, index) =>
          this.#start('conference-focus', {
            ...stored,
            RINGDOWN_DIRECTORY_URLS: directory.grpc,
            RINGDOWN_FOCUS_ID: `focus-${index + 1}`,
            RINGDOWN_ADMIN_TOKEN: adminToken,
          }),
        ),
      ),
    ]);
    this.focuses.push(...focusProcesses);
    this.registrars.push(...registrarProcesses);
    this.#others.push(redirect);
    for (let number = 1; number <= edges; number += 1) {
      const edge = await this.#start('edge-proxy', {
        ...bus,
        ...asking,
        RINGDOWN_REGISTRAR_URLS: addresses(this.registrars),
        RINGDOWN_REDIRECT_URLS: redirect.grpc,
        ...(focuses === 0 ? {} : { RINGDOWN_FOCUS_URLS: addresses(this.focuses) }),
        RINGDOWN_EDGE_ID: `edge-${number}`,
        RINGDOWN_SEAL_KEYS: sealKeys,
        RINGDOWN_ADMIN_TOKEN: adminToken,
      });
      this.edges.push(edge);
    }
    await edgesConnected(this.edges);
  }

  #start(name: string, settings: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const number = (this.#started.get(name) ?? 0) + 1;
    this.#started.set(name, number);
    return ServiceProcess.start(name, { ...this.#environment, ...settings }, this.#placeOf?.(name, number));
  }
}

/** Resolves when every edge has taken a connection from each of the others: they find each other by events, a while after they are ready. */
async function edgesConnected(edges: readonly ServiceProcess[]): Promise<void> {
  const deadline = performance.now() + acquaintanceMs;
  const isConnected = (edge: ServiceProcess) => establishedConnections(edge) >= edges.length - 1;
  while (!edges.every(isConnected)) {
    if (performance.now() > deadline) throw new Error('the edges have not found each other');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** How many TCP connections over IPv4 its gRPC port has accepted, by the kernel's table: `sl local remote state …`, in hexadecimal. */
function establishedConnections({ grpc, pid }: ServiceProcess): number {
  const local = `:${Number(portOf(grpc)).toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'latin1').split('\n').slice(1);
  return rows.filter((row) => {
    const [, address = '', , state] = row.trim().split(/\s+/);
    return address.endsWith(local) && state === '01';
  }).length;
}

function addresses(services: readonly ServiceProcess[]): string {
  return services.map((service) => service.grpc).join(',');
}
