import { Worker } from 'node:worker_threads';
import type { RoomMediaEvent } from '../../ports/mixer.js';
import type {
  FromThread,
  ThreadAnswers,
  ThreadLoad,
  ThreadOptions,
  ThreadQuestion,
  ToThread,
} from '../../worker/messages.js';

interface Asked {
  readonly answered: (value: ThreadAnswers[ThreadQuestion['type']]) => void;
  readonly failed: (error: Error) => void;
}

const idle: ThreadLoad = { members: 0, busyShare: 0, lateP99Ms: 0, lateTicks: 0, skippedTicks: 0 };

/** What is asked of a thread that is gone is answered with this. */
export class ThreadGone extends Error {}

/** The near side of one thread: what is said to it, and what it says. */
export class MixerThreadLink {
  /** As of its last second. */
  load = idle;
  readonly #worker: Worker;
  readonly #asked = new Map<number, Asked>();
  readonly #rooms = new Map<number, (event: RoomMediaEvent) => void>();
  readonly #onLost: (reason: string) => void;
  readonly #exited: Promise<void>;
  #nextNumber = 1;
  #nextRoom = 1;
  readonly #ready: Promise<void>;
  #begun: () => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;
  #isRunning = false;
  #reason: string | undefined;
  #isStopping = false;

  private constructor(worker: Worker, onLost: (reason: string) => void) {
    this.#worker = worker;
    this.#onLost = onLost;
    this.#ready = new Promise((resolve, reject) => {
      this.#begun = resolve;
      this.#failed = reject;
    });
    worker.on('message', (message: FromThread) => this.#told(message));
    worker.on('error', (error: Error) => {
      this.#reason = error.message;
    });
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#lost(this.#reason ?? `it exited with ${code}`);
        resolve();
      });
    });
  }

  /** Resolves when the thread runs; rejects with what kept it from running. `onLost` is called when it ends and wasn't stopped. */
  static async start(options: ThreadOptions, onLost: (reason: string) => void): Promise<MixerThreadLink> {
    const worker = new Worker(workerFile, {
      workerData: options,
      name: `mixer-${options.share}`,
      ...(isSource ? { execArgv: [] } : {}),
    });
    const link = new MixerThreadLink(worker, onLost);
    await link.#ready;
    return link;
  }

  /** Whether it ends or has ended: nothing reaches it. */
  get isGone(): boolean {
    return this.#isStopping || this.#reason !== undefined;
  }

  /** How much it has to do: rooms are opened on the thread that has least. */
  get rooms(): number {
    return this.#rooms.size;
  }

  /** What it was asked and hasn't answered yet. */
  get questions(): number {
    return this.#asked.size;
  }

  /** The number of a new room. */
  openRoom(isMusicForAlone: boolean, onEvent: (event: RoomMediaEvent) => void): number {
    const room = this.#nextRoom++;
    this.#rooms.set(room, onEvent);
    this.tell({ type: 'open-room', room, isMusicForAlone });
    return room;
  }

  /** Events of a room are not told any more. */
  forgetRoom(room: number): void {
    this.#rooms.delete(room);
  }

  tell(message: ToThread): void {
    if (this.#reason === undefined) this.#worker.postMessage(message, []);
  }

  /** Rejects with the thread's reason, or with `ThreadGone`. */
  ask<Question extends ThreadQuestion>(room: number, question: Question): Promise<ThreadAnswers[Question['type']]> {
    if (this.isGone) return Promise.reject(new ThreadGone('The mixer thread is gone'));
    const number = this.#nextNumber++;
    return new Promise((resolve, reject) => {
      this.#asked.set(number, { answered: resolve as Asked['answered'], failed: reject });
      this.tell({ type: 'question', room, number, question });
    });
  }

  /** Ends the thread and what it has; resolves when nothing of it is left. */
  async stop(): Promise<void> {
    if (!this.#isStopping && this.#reason === undefined) this.tell({ type: 'stop' });
    this.#isStopping = true;
    await this.#exited;
  }

  #told(message: FromThread): void {
    switch (message.type) {
      case 'answer':
        this.#asked.get(message.number)?.answered(message.value);
        this.#asked.delete(message.number);
        break;
      case 'failure':
        this.#asked.get(message.number)?.failed(new Error(message.reason));
        this.#asked.delete(message.number);
        break;
      case 'events':
        for (const { room, event } of message.events) this.#rooms.get(room)?.(event);
        break;
      case 'load':
        this.load = message.load;
        break;
      case 'ready':
        this.#isRunning = true;
        this.#begun();
        break;
      case 'stopped':
        break;
    }
  }

  #lost(reason: string): void {
    this.#reason = reason;
    this.load = idle;
    for (const { failed } of this.#asked.values()) failed(new ThreadGone(`The mixer thread is gone: ${reason}`));
    this.#asked.clear();
    const rooms = [...this.#rooms.values()];
    this.#rooms.clear();
    if (!this.#isRunning) this.#failed(new Error(`A mixer thread doesn't start: ${reason}`));
    if (this.#isStopping || !this.#isRunning) return;
    this.#onLost(reason);
    for (const onEvent of rooms) onEvent({ type: 'lost', reason });
  }
}

const isSource = import.meta.url.endsWith('.ts');
/** Threads run what was built, also where this file is run as a source, by tests: Node doesn't find the modules of a source by their built names. */
const workerFile = new URL(isSource ? '../../../dist/worker/main.js' : '../../worker/main.js', import.meta.url);
