import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Endpoint } from './setting-values.js';

export interface InstancesOptions {
  readonly endpoints: readonly Endpoint[];
  /** Told of every instance that comes, from the constructor on, and of every one that goes. */
  readonly came: (instance: Endpoint) => void;
  readonly gone: (instance: Endpoint) => void;
  /** Told when a name can't be resolved, each time: what it stood for before, it goes on to stand for. */
  readonly failed?: (host: string, error: unknown) => void;
  readonly resolved?: (host: string) => void;
  /** The addresses of a name; default: as the system resolves it, `/etc/hosts` and search domains included. */
  readonly lookup?: (host: string) => Promise<readonly string[]>;
  readonly intervalMs?: number;
}

/** The records of a headless Kubernetes service live for so long at least. */
const defaultIntervalMs = 5_000;

/**
 * The instances of a service behind a list of endpoints. An address is one. A name is one for each address that it resolves to (as that of a headless
 * Kubernetes service does to the pods that are ready), asked for again while the process runs.
 */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #names: readonly Endpoint[];
  readonly #known = new Map<string, Endpoint>();
  readonly #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: InstancesOptions) {
    this.#options = options;
    this.#names = options.endpoints.filter(({ host }) => isIP(host) === 0 && host !== 'localhost');
    for (const endpoint of options.endpoints) if (!this.#names.includes(endpoint)) this.#came(endpoint);
    if (this.#names.length === 0) return;
    void this.refresh();
    this.#timer = setInterval(() => void this.refresh(), options.intervalMs ?? defaultIntervalMs);
    this.#timer.unref();
  }

  /** Resolves the names now. */
  async refresh(): Promise<void> {
    await Promise.all(this.#names.map((name) => this.#resolve(name)));
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  async #resolve({ host, port }: Endpoint): Promise<void> {
    const { lookup = addressesOf, failed, resolved, gone } = this.#options;
    const addresses = await lookup(host).catch((error: unknown): readonly string[] => {
      if (!this.#closed) failed?.(host, error);
      return [];
    });
    // A name that resolves to nothing is more often a failure of DNS than a service without a pod, whose addresses do no harm.
    if (this.#closed || addresses.length === 0) return;
    resolved?.(host);
    const prefix = `${host}:${port} `;
    for (const address of addresses) this.#came({ host: address, port }, prefix);
    for (const [key, instance] of this.#known) {
      if (!key.startsWith(prefix) || addresses.includes(instance.host)) continue;
      this.#known.delete(key);
      gone(instance);
    }
  }

  #came(instance: Endpoint, prefix = ''): void {
    const key = `${prefix}${instance.host}:${instance.port}`;
    if (this.#known.has(key)) return;
    this.#known.set(key, instance);
    this.#options.came(instance);
  }
}

async function addressesOf(host: string): Promise<readonly string[]> {
  return (await systemLookup(host, { all: true })).map(({ address }) => address);
}
