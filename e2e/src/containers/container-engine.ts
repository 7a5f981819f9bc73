import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Child, checkoutRoot, startChild } from '@ringdown/testbed';

const run = promisify(execFile);
const scripts = join(checkoutRoot, 'scripts', 'containers');
/** An installation, and dockerd's own start. */
const startMs = 180_000;
const basesMs = 420_000;
const outputBytes = 64 * 1024 * 1024;

/**
 * Whether containers can be run here: by an engine that is there, or, as root on a Debian, by its own. Where `CI` is `true` they run in any
 * case, so that a machine without an engine fails there and says why.
 */
export function canRunContainers(): boolean {
  if (process.env['CI'] === 'true') return true;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) return true;
  const answers = spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;
  if (!answers)
    process.stderr.write(
      'ringdown: LEFT OUT are the tests in containers: no engine answers, and only root can start one\n',
    );
  return answers;
}

/** A container engine with Compose and the base images. It ends with the tests where they have started it. */
export class ContainerEngine {
  private constructor(
    private readonly child: Child,
    /** Of Docker's clients, Testcontainers among them. */
    readonly environment: Readonly<Record<string, string>>,
    private readonly client: string,
  ) {}

  /** Rejects with what kept it from being had. */
  static async start(): Promise<ContainerEngine> {
    const child = startChild('sh', [join(scripts, 'engine.sh'), 'run']);
    const [, host = '', config = '', client = ''] = await child.printed(
      /engine: DOCKER_HOST=(\S+) DOCKER_CONFIG=(\S+) DOCKER=(\S+)/,
      startMs,
    );
    const environment = { DOCKER_HOST: host, DOCKER_CONFIG: config, DOCKER: client, DOCKER_BUILDKIT: '1' };
    const engine = new ContainerEngine(child, environment, client);
    try {
      await engine.#command('sh', [join(scripts, 'base-images.sh')], {}, basesMs);
    } catch (error) {
      await engine.stop();
      throw error;
    }
    return engine;
  }

  /** Runs Docker's client in the checkout and resolves with what it printed; rejects with that and its errors where it fails. */
  docker(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    timeoutMs = 60_000,
  ): Promise<string> {
    return this.#command(this.client, args, environment, timeoutMs);
  }

  /** Stops it, if it was started here, with all containers. */
  async stop(): Promise<void> {
    await this.child.end();
  }

  async #command(
    command: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<string> {
    const env = { ...process.env, ...this.environment, ...environment };
    try {
      const { stdout } = await run(command, args, {
        cwd: checkoutRoot,
        env,
        timeout: timeoutMs,
        maxBuffer: outputBytes,
      });
      return stdout.trim();
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command} ${args.join(' ')} failed:\n${stdout.slice(-4_000)}\n${stderr.slice(-8_000)}`, {
        cause: error,
      });
    }
  }
}
