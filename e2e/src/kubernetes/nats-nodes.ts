import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, freePorts, startChild } from '@ringdown/testbed';
import { findNatsServer } from '@ringdown/testkit';
import { manifestsFolder } from './render-overlay.js';

export const natsNodeNames = ['nats-0', 'nats-1', 'nats-2'] as const;
export type NatsNodeName = (typeof natsNodeNames)[number];

interface NodePorts {
  readonly peers: number;
  readonly clients: number;
  readonly monitor: number;
}

/** The three nodes of the manifests as processes of this machine, with the file that their pods get. */
export class NatsNodes {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ringdown-nats-nodes-'));
  readonly #children = new Map<NatsNodeName, Child>();

  private constructor(
    readonly password: string,
    readonly ports: Readonly<Record<NatsNodeName, NodePorts>>,
  ) {}

  static async start(password: string): Promise<NatsNodes> {
    const first = await freePorts(3 * natsNodeNames.length);
    const ports = natsNodeNames.map((name, index) => {
      const [peers, clients, monitor] = [0, 1, 2].map((kind) => first + 3 * index + kind) as [number, number, number];
      return [name, { peers, clients, monitor }] as const;
    });
    const nodes = new NatsNodes(password, Object.fromEntries(ports) as Record<NatsNodeName, NodePorts>);
    for (const name of natsNodeNames) nodes.begin(name);
    return nodes;
  }

  /** Where clients connect, with the user that the platform has, or another password. */
  url(node: NatsNodeName, password = this.password): string {
    return `nats://ringdown:${password}@127.0.0.1:${this.ports[node].clients}`;
  }

  begin(node: NatsNodeName): void {
    const file = join(this.#folder, `${node}.conf`);
    writeFileSync(file, this.#configuration(node));
    const env = { ...process.env, POD_NAME: node, NATS_PASSWORD: this.password };
    this.#children.set(node, startChild(findNatsServer() ?? 'nats-server', ['--config', file], { env }));
  }

  /** What the readiness probe of the manifests would see. */
  async isReady(node: NatsNodeName): Promise<boolean> {
    const url = `http://127.0.0.1:${this.ports[node].monitor}/healthz?js-enabled-only=true`;
    return fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async kill(node: NatsNodeName): Promise<void> {
    await this.#children.get(node)?.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await Promise.all(natsNodeNames.map((node) => this.kill(node)));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The file of the manifests with ports and folders of this machine in the places of a pod's. */
  #configuration(node: NatsNodeName): string {
    const { peers, clients, monitor } = this.ports[node];
    const changes: readonly (readonly [pattern: RegExp, text: string])[] = [
      [/^port: 4222$/m, `port: ${clients}`],
      [/^host: 0\.0\.0\.0$/m, 'host: 127.0.0.1'],
      [/0\.0\.0\.0:8222/, `127.0.0.1:${monitor}`],
      [/\/run\/nats\/nats\.pid/, join(this.#folder, `${node}.pid`)],
      [/store_dir: \/data/, `store_dir: ${join(this.#folder, node)}`],
      [/ {2}host: 0\.0\.0\.0\n {2}port: 6222/, `  host: 127.0.0.1\n  port: ${peers}`],
      ...natsNodeNames.map(
        (peer) => [new RegExp(`${peer}\\.nats-peers:6222`), `127.0.0.1:${this.ports[peer].peers}`] as const,
      ),
    ];
    return changes.reduce(
      (text, [pattern, instead]) => {
        if (!pattern.test(text)) throw new Error(`nats.conf has no ${String(pattern)}`);
        return text.replace(pattern, instead);
      },
      readFileSync(join(manifestsFolder, 'base/nats/nats.conf'), 'utf8'),
    );
  }
}
