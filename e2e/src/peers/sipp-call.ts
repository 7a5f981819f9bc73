import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, freePorts, startChild } from '@ringdown/testbed';
import type { WireTransport } from './recording.js';
import type { HostPort } from './recording-relay.js';

export interface SippCallOptions {
  /** Path of the scenario, which waits for one call. */
  readonly scenario: string;
  readonly transport: WireTransport;
  readonly port: number;
  /** Values for keywords of the scenario's own. */
  readonly keywords: Readonly<Record<string, string>>;
}

const startMs = 10_000;
const pollMs = 20;

/** A sipp that answers one call as its scenario says. */
export class SippCall {
  private constructor(
    private readonly child: Child,
    private readonly folder: string,
  ) {}

  /** A port for a sipp, which can't be told to take any. */
  static async port(): Promise<HostPort> {
    return { host: '127.0.0.1', port: await freePorts(1) };
  }

  /** Resolves when its port is open. */
  static async start(options: SippCallOptions): Promise<SippCall> {
    const { scenario, transport, port, keywords } = options;
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-sipp-call-'));
    const keys = Object.entries(keywords).flatMap(([name, value]) => ['-key', name, value]);
    const sockets = ['-t', transport === 'UDP' ? 'u1' : 't1', '-i', '127.0.0.1', '-p', String(port)];
    const errors = ['-trace_err', '-error_file', join(folder, 'errors.log')];
    const child = startChild('sipp', ['-sf', scenario, '-m', '1', '-nostdin', ...sockets, ...errors, ...keys], {
      cwd: folder,
    });
    const call = new SippCall(child, folder);
    const deadline = performance.now() + startMs;
    while (!isOpen(transport, port)) {
      if (performance.now() > deadline) {
        const what = call.errors();
        await call.stop();
        throw new Error(`sipp has not opened port ${port}\n${what}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return call;
  }

  /** Resolves when the call went as the scenario says; rejects with sipp's own words when it didn't. */
  async succeeded(): Promise<void> {
    const code = await this.child.ended();
    if (code !== 0) throw new Error(`sipp ended with ${code}\n${this.errors()}`);
  }

  /** Ends it and removes its files. */
  async stop(): Promise<void> {
    await this.child.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private errors(): string {
    const file = join(this.folder, 'errors.log');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(0, 4_000) : this.child.output().slice(-2_000);
  }
}

/** Whether some process has the port on 127.0.0.1, by the kernel's own table: a probe would be a call to sipp. */
function isOpen(transport: WireTransport, port: number): boolean {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const table = readFileSync(`/proc/net/${transport.toLowerCase()}`, 'latin1').split('\n');
  return table.some((line) => line.trim().split(/\s+/).slice(1, 3).join(' ').startsWith(address));
}
