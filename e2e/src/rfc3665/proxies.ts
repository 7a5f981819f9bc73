import type { Recording } from '../peers/recording.js';
import { type HostPort, RecordingRelay } from '../peers/recording-relay.js';
import { type Platform, startPlatform } from '../platform.js';

export interface ProxyOptions {
  /** What the figures call it. */
  readonly name: string;
  readonly recording: Recording;
}

/** A platform in a process of its own, known to the world by the address of a relay that records all that enters and leaves its edge. */
export class Proxy {
  private constructor(
    readonly platform: Platform,
    private readonly relay: RecordingRelay,
    /** Where phones and other proxies find it. */
    readonly address: HostPort,
  ) {}

  static async start({ name, recording }: ProxyOptions): Promise<Proxy> {
    const host = loopbackAddress();
    const platform = await startPlatform({ RINGDOWN_SIP_ADVERTISED_HOST: host });
    const port = Number(platform.sip.slice(platform.sip.lastIndexOf(':') + 1));
    const address = { host, port };
    try {
      const element = { host: '127.0.0.1', port };
      const relay = await RecordingRelay.open({ recording, name, element, listen: address });
      recording.name(`${host}:${port}`, name);
      return new Proxy(platform, relay, address);
    } catch (error) {
      await platform.stop();
      throw error;
    }
  }

  /** The address as it stands in a URI. */
  get hostPort(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  /** Creates or replaces what the operator's API has at `path`, below `/v1`. Rejects with the problem it gives. */
  async put(path: string, body: unknown): Promise<void> {
    const response = await fetch(`${this.platform.http}/v1${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${this.platform.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`PUT ${path} gave ${response.status}: ${await response.text()}`);
  }

  async stop(): Promise<void> {
    const { child } = this.platform;
    child.signal('SIGTERM');
    // A platform lets calls end for ten seconds and then ends its own Postgres, which a SIGKILL would leave behind.
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      child.ended(),
      new Promise((resolve) => {
        timer = setTimeout(resolve, drainMs);
      }),
    ]);
    clearTimeout(timer);
    await this.platform.stop();
    await this.relay.close();
  }
}

/** Longer than a platform takes to drain and to stop. */
const drainMs = 20_000;

let addresses = 0;

/** An address of the loopback network that nothing else is likely to use: the port is the platform's own choice and must be free on it. */
function loopbackAddress(): string {
  addresses += 1;
  return `127.${100 + (process.pid % 100)}.${(process.pid >> 8) & 0xff}.${addresses}`;
}
