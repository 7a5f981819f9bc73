import { OperatorApi } from '@ringdown/testbed';
import { GenericContainer, Network, type StartedNetwork, type StartedTestContainer, Wait } from 'testcontainers';

const adminToken = 'operator-key-of-the-tests';
const password = 'tables-of-the-tests';
const sealKeys = `1:${Buffer.alloc(32, 'seal').toString('base64')}`;
/** What its containers and its network carry, so that they are found whatever became of the test. */
export const containedLabel = { 'ringdown.e2e': String(process.pid) };

/**
 * A container's name is its name on the network as well. Network aliases would have the container on the engine's default bridge first, and a service
 * listens at its first address.
 */
function nameOf(service: string): string {
  return `ringdown-e2e-${process.pid}-${service}`;
}

/** The platform's own images beside a real Postgres and a real nats-server, each in a container, in the order in which they need each other. */
export class ContainedPlatform {
  readonly edges: StartedTestContainer[] = [];
  readonly #started: StartedTestContainer[] = [];
  #location: StartedTestContainer | undefined;
  #directory: StartedTestContainer | undefined;

  private constructor(
    private readonly network: StartedNetwork,
    readonly postgres: StartedTestContainer,
    readonly nats: StartedTestContainer,
  ) {
    this.#started.push(postgres, nats);
  }

  static async start(edges: number): Promise<ContainedPlatform> {
    const network = await new Network().start();
    const [postgres, nats] = await Promise.all([
      new GenericContainer('postgres:15-bookworm')
        .withEnvironment({ POSTGRES_USER: 'ringdown', POSTGRES_PASSWORD: password, POSTGRES_DB: 'ringdown' })
        .withLabels(containedLabel)
        .withNetwork(network)
        .withName(nameOf('postgres'))
        // Over TCP: while a new database is being prepared, the server is on a Unix socket alone. Lines of its log would come twice only then, not
        // after a restart.
        .withHealthCheck({
          test: ['CMD-SHELL', 'pg_isready -h 127.0.0.1 -U ringdown'],
          interval: 500,
          timeout: 3_000,
          retries: 120,
        })
        .withWaitStrategy(Wait.forHealthCheck())
        .start(),
      new GenericContainer('nats:2.9-alpine')
        .withCommand(['--jetstream'])
        .withLabels(containedLabel)
        .withNetwork(network)
        .withName(nameOf('nats'))
        .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
        .start(),
    ]);
    const platform = new ContainedPlatform(network, postgres, nats);
    try {
      await platform.#startServices(edges);
    } catch (error) {
      await platform.stop();
      throw error;
    }
    return platform;
  }

  /** Where an edge takes SIP. */
  sip(edge: number): { readonly host: string; readonly port: number } {
    return { host: this.#addressOf(this.edges[edge]), port: 5060 };
  }

  /** `address:port` of location's gRPC. */
  get location(): string {
    return `${this.#addressOf(this.#location)}:9090`;
  }

  /** The REST API with the operator's key. */
  get operator(): OperatorApi {
    return new OperatorApi(`http://${this.#addressOf(this.#directory)}:8080`, adminToken);
  }

  /** Rows of a query, each as psql prints it without alignment. */
  async query(sql: string): Promise<readonly string[]> {
    const { output, exitCode } = await this.postgres.exec([
      'psql',
      '-U',
      'ringdown',
      '-d',
      'ringdown',
      '-At',
      '-c',
      sql,
    ]);
    if (exitCode !== 0) throw new Error(`psql ended with ${exitCode}: ${output}`);
    return output.trim().split('\n');
  }

  /** Removes the containers and their network. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#started.map((container) => container.stop({ timeout: 0 })));
    await this.network.stop();
  }

  async #startServices(edges: number): Promise<void> {
    const common = {
      RINGDOWN_NATS_URL: `nats://${nameOf('nats')}:4222`,
      RINGDOWN_PEER_INSECURE: 'mesh',
      RINGDOWN_TRACE_KEY: 'trace-key',
    };
    const stored = { RINGDOWN_POSTGRES_URL: `postgres://ringdown:${password}@${nameOf('postgres')}:5432/ringdown` };
    const asking = {
      RINGDOWN_LOCATION_URLS: `${nameOf('location')}:9090`,
      RINGDOWN_DIRECTORY_URLS: `${nameOf('directory')}:9090`,
    };
    const rest = { RINGDOWN_ADMIN_TOKEN: adminToken };
    const sealing = { RINGDOWN_SEAL_KEYS: sealKeys };
    const [directory, location] = await Promise.all([
      this.#start('directory', { ...common, ...stored, ...rest }),
      this.#start('location', { ...common, ...stored, ...rest }),
      this.#start('accounting', { ...common, ...stored, ...rest }),
    ]);
    this.#directory = directory;
    this.#location = location;
    await Promise.all([
      this.#start('registrar', { ...common, ...asking, ...sealing }),
      this.#start('redirect', { ...common, ...asking }),
    ]);
    const settings = {
      ...common,
      ...asking,
      ...sealing,
      ...rest,
      RINGDOWN_REGISTRAR_URLS: `${nameOf('registrar')}:9090`,
      RINGDOWN_REDIRECT_URLS: `${nameOf('redirect')}:9090`,
      RINGDOWN_UDP_PINHOLES: 'owned',
    };
    const names = Array.from({ length: edges }, (_, index) => `edge-${index + 1}`);
    this.edges.push(
      ...(await Promise.all(
        names.map((edge) => this.#start('edge-proxy', { ...settings, RINGDOWN_EDGE_ID: edge }, edge)),
      )),
    );
  }

  async #start(
    service: string,
    environment: Readonly<Record<string, string>>,
    instance = service,
  ): Promise<StartedTestContainer> {
    const said: string[] = [];
    const container = new GenericContainer(`ringdown/${service}:latest`)
      .withEnvironment(environment)
      .withLabels(containedLabel)
      .withNetwork(this.network)
      .withName(nameOf(instance))
      .withTmpFs({ '/data': 'uid=65532,gid=65532,mode=0700' })
      .withDroppedCapabilities('ALL')
      .withLogConsumer((stream) => void stream.on('data', (line) => said.push(String(line))))
      // The image's own health check.
      .withWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(90_000);
    let started: StartedTestContainer;
    try {
      started = await container.start();
    } catch (error) {
      throw new Error(`${service} does not become healthy; it has said:\n${said.slice(-20).join('')}`, {
        cause: error,
      });
    }
    this.#started.push(started);
    return started;
  }

  #addressOf(container: StartedTestContainer | undefined): string {
    return container?.getIpAddress(this.network.getName()) ?? '';
  }
}
