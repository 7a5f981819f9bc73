/** What a thread of a process holds on to. */
export interface Holdings {
  /** Bytes of its heap in use after everything unreachable is gone. */
  readonly heapBytes: number;
  /** What keeps it running, by kind, as Node names them: `Timeout`, `UDPWRAP`, `MessagePort`… */
  readonly resources: Readonly<Record<string, number>>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

type Send = (method: string, params?: Readonly<Record<string, unknown>>) => Promise<Readonly<Record<string, unknown>>>;

const answerMs = 20_000;

/** Looks into a Node process that was started with `--inspect=127.0.0.1:0`, and into its worker threads, by the inspector's protocol. */
export class InspectedProcess {
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly workers: string[] = [];
  private readonly ofWorkers = new Map<string, Map<number, (message: Message) => void>>();
  private ids = 0;

  /** `output`: what the process has printed. */
  static async attach(output: string): Promise<InspectedProcess> {
    const [url] = /ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]+/.exec(output) ?? [];
    if (url === undefined) throw new Error('the process was not started with --inspect');
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error(`nobody answers at ${url}`)));
    });
    const inspected = new InspectedProcess(socket);
    await inspected.send('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return inspected;
  }

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => this.read(JSON.parse(String(data)) as Message));
  }

  /** Of the main thread first, then of each worker, in the order in which they began. */
  async holdings(): Promise<readonly Holdings[]> {
    const all = [await holdingsBy((method, params) => this.send(method, params))];
    for (const worker of this.workers)
      all.push(await holdingsBy((method, params) => this.sendTo(worker, method, params)));
    return all;
  }

  detach(): void {
    this.socket.close();
  }

  private send(method: string, params: Readonly<Record<string, unknown>> = {}): ReturnType<Send> {
    this.ids += 1;
    const id = this.ids;
    this.socket.send(JSON.stringify({ id, method, params }));
    return answered(this.waiting, id, method);
  }

  private sendTo(sessionId: string, method: string, params: Readonly<Record<string, unknown>> = {}): ReturnType<Send> {
    this.ids += 1;
    const id = this.ids;
    const waiting = this.ofWorkers.get(sessionId);
    if (waiting === undefined) throw new Error(`no worker ${sessionId}`);
    // What goes wrong with it leaves the question unanswered.
    this.send('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method, params }) }).catch(
      () => undefined,
    );
    return answered(waiting, id, method);
  }

  private read(message: Message): void {
    if (message.id !== undefined) this.waiting.get(message.id)?.(message);
    const sessionId = String(message.params?.['sessionId']);
    if (message.method === 'NodeWorker.attachedToWorker') {
      this.workers.push(sessionId);
      this.ofWorkers.set(sessionId, new Map());
    } else if (message.method === 'NodeWorker.detachedFromWorker') {
      this.workers.splice(this.workers.indexOf(sessionId), 1);
    } else if (message.method === 'NodeWorker.receivedMessageFromWorker') {
      const inner = JSON.parse(String(message.params?.['message'])) as Message;
      if (inner.id !== undefined) this.ofWorkers.get(sessionId)?.get(inner.id)?.(inner);
    }
  }
}

function answered(waiting: Map<number, (message: Message) => void>, id: number, method: string): ReturnType<Send> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), answerMs);
    waiting.set(id, ({ result = {}, error }) => {
      clearTimeout(timer);
      waiting.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(`${method}: ${error.message}`));
    });
  });
}

async function holdingsBy(send: Send): Promise<Holdings> {
  // Twice: what a finalizer lets go of is gone at the second time.
  await send('HeapProfiler.collectGarbage');
  await send('HeapProfiler.collectGarbage');
  const { usedSize } = await send('Runtime.getHeapUsage');
  const expression = 'process.getActiveResourcesInfo()';
  const { result } = await send('Runtime.evaluate', { expression, returnByValue: true });
  const names = (result as { readonly value?: readonly string[] }).value ?? [];
  const resources: Record<string, number> = {};
  for (const name of names) resources[name] = (resources[name] ?? 0) + 1;
  return { heapBytes: Number(usedSize), resources };
}
