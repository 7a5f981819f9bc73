/** A request's answer, as far as it matters here. */
interface JanusAnswer {
  readonly janus: string;
  readonly transaction?: string;
  readonly data?: { readonly id: number };
  readonly error?: { readonly reason: string };
  readonly plugindata?: { readonly data: Readonly<Record<string, unknown>> };
}

const audiobridge = 'janus.plugin.audiobridge';
const closed = 'Janus has closed the connection';

/** One session of Janus's API over a WebSocket, and handles of its audiobridge. */
export class JanusSession {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, { answered(answer: JanusAnswer): void; failed(error: Error): void }>();
  #next = 0;
  #session = 0;

  /** Rejects where nothing answers. */
  static async open(url: string): Promise<JanusSession> {
    const socket = new WebSocket(url, 'janus-protocol');
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', () => reject(new Error(`nothing answers at ${url}`)), { once: true });
    });
    const session = new JanusSession(socket);
    session.#session = (await session.#ask({ janus: 'create' })).data?.id ?? 0;
    return session;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#told(JSON.parse(String(data)) as JanusAnswer));
    socket.addEventListener('close', () => {
      for (const { failed } of this.#waiting.values()) failed(new Error(closed));
      this.#waiting.clear();
    });
  }

  /** Whether Janus has closed it, or has ended. */
  get isClosed(): boolean {
    return this.#socket.readyState !== WebSocket.OPEN;
  }

  /** A new handle of the audiobridge: each participant is one. */
  async attach(): Promise<number> {
    return (await this.#ask({ janus: 'attach', session_id: this.#session, plugin: audiobridge })).data?.id ?? 0;
  }

  async detach(handle: number): Promise<void> {
    await this.#ask({ janus: 'detach', session_id: this.#session, handle_id: handle });
  }

  /** What the audiobridge says to a request. Rejects with its error. */
  async message(handle: number, body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const { plugindata } = await this.#ask({ janus: 'message', session_id: this.#session, handle_id: handle, body });
    const data = plugindata?.data ?? {};
    if (typeof data['error'] === 'string') throw new Error(`Janus refused ${JSON.stringify(body)}: ${data['error']}`);
    return data;
  }

  close(): void {
    this.#socket.close();
  }

  #ask(request: Readonly<Record<string, unknown>>): Promise<JanusAnswer> {
    // A WebSocket that is closed drops what it is given, and says nothing.
    if (this.isClosed) return Promise.reject(new Error(closed));
    const transaction = String(this.#next++);
    return new Promise((answered, failed) => {
      this.#waiting.set(transaction, { answered, failed });
      this.#socket.send(JSON.stringify({ ...request, transaction }));
    });
  }

  #told(answer: JanusAnswer): void {
    // A message is acknowledged first and answered later; events of other participants have no transaction.
    if (answer.janus === 'ack' || answer.transaction === undefined) return;
    const waiting = this.#waiting.get(answer.transaction);
    this.#waiting.delete(answer.transaction);
    if (answer.janus === 'error') waiting?.failed(new Error(`Janus refused a request: ${answer.error?.reason}`));
    else waiting?.answered(answer);
  }
}
