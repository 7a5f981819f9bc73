import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceProcess } from '@ringdown/testbed';

/** What must be in the environment of a process that is to be inspected: several processes can't have one port. */
export const inspectable = { NODE_OPTIONS: '--inspect-port=0' };

export interface EventLoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface Answer {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: Readonly<Record<string, unknown>>;
}

const startMs = 5_000;
const pollMs = 20;

/** Asks a running Node.js process about its heap and event loop, over the inspector's protocol. */
export class ProcessInspector {
  readonly #waiting = new Map<number, PromiseWithResolvers<Readonly<Record<string, unknown>>>>();
  #asked = 0;

  /** Makes a service listen for the inspector, and connects. */
  static async open(service: ServiceProcess): Promise<ProcessInspector> {
    process.kill(service.pid, 'SIGUSR1');
    const deadline = performance.now() + startMs;
    for (;;) {
      const url = /Debugger listening on (ws:\S+)/.exec(service.output())?.[1];
      if (url !== undefined) return new ProcessInspector(await connected(url));
      if (performance.now() > deadline) throw new Error(`${service.name} does not listen for the inspector`);
      await delay(pollMs);
    }
  }

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => {
      const { id = 0, error, result = {} } = JSON.parse(String(data)) as Answer;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error.message));
    });
  }

  /** Bytes that live objects and buffers have after a full garbage collection. */
  async liveBytes(): Promise<number> {
    await this.#ask('HeapProfiler.collectGarbage');
    const { usedSize = 0, backingStorageSize = 0 } = await this.#ask('Runtime.getHeapUsage');
    return Number(usedSize) + Number(backingStorageSize);
  }

  /** Begins to measure how late the event loop is. */
  async watchEventLoop(): Promise<void> {
    await this.#evaluate(
      "globalThis.benchLoop = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 }); benchLoop.enable()",
    );
  }

  /** Since `watchEventLoop`, or since this was asked last. */
  async eventLoopDelay(): Promise<EventLoopDelay> {
    const nanos = JSON.parse(
      await this.#evaluate(
        '(() => { const seen = [benchLoop.percentile(99), benchLoop.max]; benchLoop.reset(); return JSON.stringify(seen); })()',
      ),
    ) as [number, number];
    return { p99Ms: nanos[0] / 1e6, maxMs: nanos[1] / 1e6 };
  }

  close(): void {
    this.socket.close();
  }

  async #evaluate(expression: string): Promise<string> {
    const { result, exceptionDetails } = await this.#ask('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return String((result as { value?: unknown }).value);
  }

  #ask(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    this.#asked += 1;
    const answer = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.#waiting.set(this.#asked, answer);
    this.socket.send(JSON.stringify({ id: this.#asked, method, params }));
    return answer.promise;
  }
}

function connected(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(socket), { once: true });
    socket.addEventListener('error', () => reject(new Error(`the inspector at ${url} does not answer`)), {
      once: true,
    });
  });
}
