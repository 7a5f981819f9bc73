import type { ContainerEngine } from './container-engine.js';

/** The networks of a project: not those of a platform that somebody runs by hand. */
const settings = {
  PLATFORM_SUBNET: '172.30.61.0/24',
  PLATFORM_RANGE: '172.30.61.0/25',
  LB_ADDRESS: '172.30.61.250',
  LB_PUBLISH: '127.0.61.1',
  RINGDOWN_API_ADDRESS: '127.0.61.1:8080',
  POSTGRES_PASSWORD: 'tables-of-the-tests',
  RINGDOWN_ADMIN_TOKEN: 'operator-key-of-the-tests',
  RINGDOWN_SEAL_KEYS: `1:${Buffer.alloc(32, 'seal').toString('base64')}`,
  RINGDOWN_TRACE_KEY: 'trace-key-of-the-tests',
  GRAFANA_ADMIN_PASSWORD: 'nobody-logs-in',
};

/** docker-compose.yml as it is, under a name of its own. */
export class ComposeProject {
  readonly name = `ringdown-e2e-${process.pid}`;
  readonly balancer = settings.LB_ADDRESS;
  readonly restUrl = `http://${settings.RINGDOWN_API_ADDRESS}`;
  readonly adminToken = settings.RINGDOWN_ADMIN_TOKEN;

  constructor(private readonly engine: ContainerEngine) {}

  /** Runs `docker compose` for the project. */
  compose(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    timeoutMs = 120_000,
  ): Promise<string> {
    return this.engine.docker(
      // Nothing from the .env of whoever works here.
      ['compose', '--env-file', '/dev/null', '--project-name', this.name, ...args],
      { ...settings, ...environment },
      timeoutMs,
    );
  }

  /** The addresses of a service's containers on the project's network, in the order of their numbers. */
  async addresses(service: string): Promise<readonly string[]> {
    const ids = (await this.compose(['ps', '--quiet', service])).split('\n').filter((id) => id !== '');
    const format =
      '{{index .Config.Labels "com.docker.compose.container-number"}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const lines = (await this.engine.docker(['inspect', '--format', format, ...ids])).split('\n');
    return lines
      .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
      .map((line) => line.split(' ')[1] ?? '');
  }

  /** Ends it with its tables. */
  async down(): Promise<void> {
    await this.compose(['--profile', 'lb', 'down', '--volumes', '--timeout', '1']);
  }
}
