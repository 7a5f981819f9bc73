import { join } from 'node:path';
import { checkoutRoot } from './checkout-root.js';
import { type Child, startChild } from './child-process.js';
import { nodeOptions } from './node-options.js';

const startMs = 30_000;
const pollMs = 50;

/** Where a service runs that doesn't run as this process does. */
export interface ServicePlace {
  /** The command line that runs another one there. It replaces itself, so that the process id stays the same. */
  readonly prefix: readonly string[];
  /** The service's addresses there. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A service that runs alone in a process, on ports that were free and that it keeps over a restart. */
export class ServiceProcess {
  readonly name: string;
  /** `host:port` of gRPC, of HTTP, and of SIP where it speaks that. */
  readonly grpc: string;
  readonly http: string;
  readonly sip: string | undefined;
  /** Where an edge listens: `udp://127.0.0.1:port`, `tls://…` and so on. */
  readonly listeners: readonly string[];
  readonly #settings: Readonly<Record<string, string>>;
  readonly #prefix: readonly string[];
  #child: Child;

  /** Starts the built service and resolves when `/readyz` says so. Rejects with what it printed when it doesn't get there. */
  static async start(
    name: string,
    given: Readonly<Record<string, string>>,
    place: ServicePlace = { prefix: [], settings: { RINGDOWN_SIP_PORT: '0', RINGDOWN_HTTP_PORT: '0' } },
  ): Promise<ServiceProcess> {
    const settings = { ...place.settings, ...given };
    const child = spawnService(name, settings, place.prefix);
    try {
      const [, listening = ''] = await child.printed(new RegExp(`^${name} is up: (.*)$`, 'm'), startMs);
      const service = new ServiceProcess(name, settings, place.prefix, child, listening);
      await service.ready();
      return service;
    } catch (error) {
      await child.end('SIGKILL');
      throw error;
    }
  }

  private constructor(
    name: string,
    settings: Readonly<Record<string, string>>,
    prefix: readonly string[],
    child: Child,
    listening: string,
  ) {
    this.name = name;
    this.#settings = settings;
    this.#prefix = prefix;
    this.#child = child;
    this.grpc = /gRPC (\S+?)(?:,|$)/.exec(listening)?.[1] ?? '';
    this.http = /HTTP (\S+?)(?:,|$)/.exec(listening)?.[1] ?? '';
    this.sip = /SIP (\S+?)(?:,|$)/.exec(listening)?.[1];
    this.listeners = /listeners ([^,]+)/.exec(listening)?.[1]?.split(' ') ?? [];
  }

  /** The present process's id. */
  get pid(): number {
    return this.#child.process.pid ?? -1;
  }

  /** Everything that the present process printed. */
  output(): string {
    return this.#child.output();
  }

  /** What the present process has logged as a warning or an error. */
  complaints(): readonly { readonly name: string; readonly message: string }[] {
    return this.output()
      .split('\n')
      .filter((line) => /^\{"level":"(?:warn|error|fatal)"/.test(line))
      .map((line) => ({ name: this.name, message: (JSON.parse(line) as { message: string }).message }));
  }

  /** Resolves when `/readyz` answers 200; rejects with its last answer and what the process printed. */
  async ready(timeoutMs = startMs): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    let last = 'nothing';
    while (performance.now() < deadline) {
      const answer = await fetch(`http://${this.http}/readyz`).catch(() => undefined);
      if (answer !== undefined) {
        last = `${answer.status} ${await answer.text()}`;
        if (answer.ok) return;
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new Error(`${this.name} is not ready after ${timeoutMs} ms; /readyz: ${last}; it printed:\n${this.output()}`);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill9(): Promise<void> {
    await this.#child.end('SIGKILL');
  }

  /** Starts it again at the same addresses and resolves when it is ready. */
  async restart(): Promise<void> {
    await this.#child.end('SIGKILL');
    this.#child = spawnService(
      this.name,
      {
        // What the settings leave to chance stays as chance had it.
        ...(this.listeners.length === 0 ? {} : { RINGDOWN_SIP_LISTENERS: this.listeners.join(',') }),
        ...this.#settings,
        RINGDOWN_GRPC_PORT: portOf(this.grpc),
        RINGDOWN_HTTP_PORT: portOf(this.http),
      },
      this.#prefix,
    );
    await this.ready();
  }

  /** SIGTERM, as an orchestrator stops it; resolves with how it ended when it has. */
  async terminate(): Promise<number | NodeJS.Signals> {
    this.#child.signal('SIGTERM');
    return this.#child.ended();
  }

  /** SIGSTOP: it stands still, its sockets stay open. */
  pause(): void {
    this.#child.signal('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.#child.signal('SIGCONT');
  }
}

/** The port of `host:port`. */
export function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}

/** Nothing of this process's own settings reaches the service. */
function spawnService(name: string, settings: Readonly<Record<string, string>>, prefix: readonly string[]): Child {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(?:RINGDOWN|OTEL)_/.test(key));
  const service = [process.execPath, ...nodeOptions, join(checkoutRoot, 'starter', 'dist', 'service.js'), name];
  const [command = '', ...args] = [...prefix, ...service];
  return startChild(command, args, { cwd: checkoutRoot, env: { ...Object.fromEntries(inherited), ...settings } });
}
