import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child } from '../child-process.js';
import { loadBalancersFolder, type UdpBalancerOptions } from './udp-balancer.js';

/** The edges that the operator's file names. */
const written = 3;
const startMs = 10_000;

/** deploy/load-balancers/haproxy.cfg on the balancer's machine, with as many edges as there are. */
export class StreamBalancer {
  readonly #haproxy: Child;
  readonly #folder: string;

  /** Resolves when it listens on the virtual addresses. */
  static async start({ host, virtualIpv4, virtualIpv6, edges }: UdpBalancerOptions): Promise<StreamBalancer> {
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-haproxy-'));
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, forEdges(readFileSync(join(loadBalancersFolder, 'haproxy.cfg'), 'utf8'), edges.length));
    const addresses = edges.flatMap(({ ipv4, ipv6 }, index) => [
      [`EDGE_${index + 1}_IPV4`, ipv4],
      [`EDGE_${index + 1}_IPV6`, ipv6],
    ]);
    const env = { ...process.env, VIP4: virtualIpv4, VIP6: virtualIpv6, ...Object.fromEntries(addresses) };
    const haproxy = host.spawn('haproxy', ['-db', '-f', file], env);
    const balancer = new StreamBalancer(haproxy, folder);
    try {
      await listens(haproxy);
    } catch (error) {
      await balancer.stop();
      throw error;
    }
    return balancer;
  }

  private constructor(haproxy: Child, folder: string) {
    this.#haproxy = haproxy;
    this.#folder = folder;
  }

  /** What it has said, edges that came and went among it. */
  log(): string {
    return this.#haproxy.output();
  }

  async stop(): Promise<void> {
    await this.#haproxy.end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Resolves when it accepts SIP over TCP, by the kernel's table of its own machine: state 0A is listening. */
async function listens(haproxy: Child): Promise<void> {
  const deadline = performance.now() + startMs;
  const port = (5060).toString(16).toUpperCase();
  for (;;) {
    const table =
      haproxy.process.exitCode === null ? readFileSync(`/proc/${haproxy.process.pid}/net/tcp`, 'latin1') : '';
    if (new RegExp(`:${port} 00000000:0000 0A`).test(table)) return;
    if (table === '' || performance.now() > deadline)
      throw new Error(`haproxy does not listen; it printed:\n${haproxy.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The operator's file with a line for each edge. */
function forEdges(configuration: string, edges: number): string {
  return configuration
    .split('\n')
    .flatMap((line) => {
      const number = Number(/^\s*server edge-(\d)/.exec(line)?.[1]);
      if (Number.isNaN(number)) return [line];
      if (number < written) return number <= edges ? [line] : [];
      const further = Array.from({ length: Math.max(0, edges - written + 1) }, (_, index) => written + index);
      return further.map((each) =>
        line.replaceAll(`edge-${written}`, `edge-${each}`).replace(`EDGE_${written}_`, `EDGE_${each}_`),
      );
    })
    .join('\n');
}
