import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { V1Probe } from '@kubernetes/client-node';
import { type Child, checkoutRoot, nodeOptions, startChild } from '@ringdown/testbed';
import { environmentOf } from './container-environment.js';
import type { Manifest } from './manifest.js';
import type { Workload } from './workload.js';

export interface PodPlace {
  readonly manifests: readonly Manifest[];
  /** A loopback address of its own, so that it has the ports of the manifests. */
  readonly address: string;
  /** Stands for the pod's root. */
  readonly folder: string;
  secret(name: string, key: string): string | undefined;
  /** The addresses behind a service's name; undefined for no service. */
  addressesOf(service: string): readonly string[] | undefined;
}

/** One pod of a workload as a process of this machine: its environment, secrets and probes are the manifests'. */
export class PodProcess {
  readonly service: string;
  readonly #child: Child;

  constructor(
    readonly workload: Workload,
    readonly place: PodPlace,
  ) {
    const [container] = workload.pod.containers;
    if (container === undefined) throw new Error(`${workload.name} has no container`);
    this.service = container.name;
    const { address, folder, manifests, secret, addressesOf } = place;
    for (const { name, secret: mounted } of workload.pod.volumes ?? []) {
      const mount = container.volumeMounts?.find((each) => each.name === name)?.mountPath ?? '';
      const keys = mounted?.secretName === undefined ? [] : ['tls.crt', 'tls.key', 'ca.crt', 'seal-keys'];
      for (const key of keys) {
        const value = secret(mounted?.secretName ?? '', key);
        if (value !== undefined) writeInto(join(folder, mount, key), value);
      }
    }
    const field = (path: string) =>
      ({ 'status.podIP': address, 'metadata.name': `${this.service}-0` })[path] as string | undefined;
    const { environment, problems } = environmentOf(container, manifests, { field, secret });
    if (problems.length > 0) throw new Error(problems.join('; '));
    const mounts = new RegExp(
      `(?<![\\w/])(?:${container.volumeMounts?.map(({ mountPath }) => mountPath).join('|')})(?![\\w-])`,
      'g',
    );
    const settings = Object.entries(environment).map(([name, value]) => {
      if (name === 'RINGDOWN_HTTP_HOST') return [name, address] as const;
      if (name.endsWith('_URLS')) return [name, resolved(value, addressesOf)] as const;
      return [name, value.replaceAll(mounts, (mount) => join(folder, mount))] as const;
    });
    const script = join(checkoutRoot, 'starter/dist/service.js');
    mkdirSync(folder, { recursive: true });
    // No variable of this process but where programs are: what the manifests don't give is missing.
    const env = { PATH: process.env['PATH'], ...Object.fromEntries(settings) };
    this.#child = startChild(process.execPath, [...nodeOptions, script, this.service], { env, cwd: folder });
  }

  output(): string {
    return this.#child.output();
  }

  /** The status that each kind of probe gets; 0 where nobody answers. */
  async probed(): Promise<Readonly<Record<'startup' | 'readiness' | 'liveness', number>>> {
    const [container] = this.workload.pod.containers;
    const ask = async (probe: V1Probe | undefined): Promise<number> => {
      const { path = '/', port } = probe?.httpGet ?? {};
      const number = container?.ports?.find(({ name }) => name === port)?.containerPort;
      return fetch(`http://${this.place.address}:${number}${path}`).then(
        ({ status }) => status,
        () => 0,
      );
    };
    const { startupProbe, readinessProbe, livenessProbe } = container ?? {};
    return {
      startup: await ask(startupProbe),
      readiness: await ask(readinessProbe),
      liveness: await ask(livenessProbe),
    };
  }

  /** Rejects with what it printed where a probe hasn't passed in time, or the process has ended. */
  async ready(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const statuses = Object.values(await this.probed());
      if (statuses.every((status) => status === 200)) return;
      const { exitCode, signalCode } = this.#child.process;
      if (exitCode !== null || signalCode !== null || performance.now() > deadline)
        throw new Error(`${this.workload.name}: probes get ${statuses.join(', ')}; it printed:\n${this.output()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** SIGTERM; resolves with how it ended. */
  async terminate(): Promise<number | NodeJS.Signals> {
    this.#child.signal('SIGTERM');
    return this.#child.ended();
  }

  async kill(): Promise<void> {
    await this.#child.end('SIGKILL');
  }
}

function writeInto(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode: 0o600 });
}

/** A headless service's name is one instance for each address. */
function resolved(list: string, addressesOf: PodPlace['addressesOf']): string {
  return list
    .split(',')
    .flatMap((endpoint) => {
      const [name = '', port] = endpoint.split(':');
      const addresses = addressesOf(name);
      if (addresses === undefined) throw new Error(`there is no service ${name}`);
      return addresses.map((address) => `${address}:${port}`);
    })
    .join(',');
}
