import type { Child } from '../child-process.js';
import { relayedPorts } from '../phones/relayed-ports.js';
import type { BorderHost } from './field-network.js';

const ngPort = 2223;
const firstMediaPort = 30_000;
const lastMediaPort = 31_999;
const startMs = 10_000;
const pollMs = 100;

/** An rtpengine that takes commands in core and media in public. */
export class MediaRelay {
  /** `host:port` of its ng protocol. */
  readonly ng: string;
  readonly #child: Child;

  /** Resolves when it answers. */
  static async start({ host, publicIpv4, publicIpv6 }: BorderHost): Promise<MediaRelay> {
    const ng = `${host.ipv4}:${ngPort}`;
    const child = host.spawn('rtpengine', [
      '--config-file=none',
      `--interface=${publicIpv4}`,
      `--interface=${publicIpv6}`,
      `--listen-ng=${ng}`,
      `--port-min=${firstMediaPort}`,
      `--port-max=${lastMediaPort}`,
      '--table=-1',
      '--foreground',
      '--log-stderr',
      '--log-level=5',
    ]);
    const relay = new MediaRelay(ng, child);
    const deadline = performance.now() + startMs;
    for (;;) {
      const calls = await relay.relayedPorts().catch(() => undefined);
      if (calls !== undefined) return relay;
      if (performance.now() > deadline) {
        await relay.stop();
        throw new Error(`rtpengine does not answer; it printed:\n${child.output()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  private constructor(ng: string, child: Child) {
    this.ng = ng;
    this.#child = child;
  }

  /** Of each call that it has now, the ports of its two ends. */
  relayedPorts(): Promise<readonly ReadonlySet<number>[]> {
    return relayedPorts(this.ng);
  }

  async stop(): Promise<void> {
    await this.#child.end('SIGKILL');
  }
}
