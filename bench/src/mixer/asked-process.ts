import { type Child, startChild } from '@ringdown/testbed';

/** What can be asked of a process: each question by its name, with what is handed over and what comes back. */
export type Questions = Record<string, { readonly asked: unknown; readonly answer: unknown }>;

interface Asked {
  readonly number: number;
  readonly question: string;
  readonly value: unknown;
}

/** Said once, instead of a question. */
const nothingMore = 'nothing more';

type Answered =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly error: string };

/** A process of Node's that answers questions, one whole module for itself. It ends with this one. */
export class AskedProcess<Known extends Questions> {
  readonly pid: number;
  readonly #child: Child;
  readonly #waiting = new Map<number, { answered(value: unknown): void; failed(error: Error): void }>();
  #next = 0;

  /** `module`: a file that calls `answer`. `options`: Node's; `args`: its own. */
  constructor(
    module: URL,
    { options = [], args = [] }: { readonly options?: readonly string[]; readonly args?: readonly string[] } = {},
  ) {
    this.#child = startChild(process.execPath, [...options, module.pathname, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.pid = this.#child.process.pid ?? -1;
    this.#child.process.on('message', (message: Answered) => {
      const waiting = this.#waiting.get(message.number);
      this.#waiting.delete(message.number);
      if ('error' in message) waiting?.failed(new Error(message.error));
      else waiting?.answered(message.value);
    });
    void this.#child.ended().then((code) => {
      for (const { failed } of this.#waiting.values())
        failed(new Error(`${module.pathname} ended with ${code}; it printed:\n${this.#child.output()}`));
      this.#waiting.clear();
    });
  }

  /** Rejects with what went wrong there, or with what it printed when it is gone. */
  ask<Question extends keyof Known & string>(
    question: Question,
    value: Known[Question]['asked'],
  ): Promise<Known[Question]['answer']> {
    const number = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { answered: resolve as (value: unknown) => void, failed: reject });
      this.#child.process.send({ number, question, value } satisfies Asked, (error) => {
        if (error !== null && this.#waiting.delete(number))
          reject(new Error(`the process is gone; it printed:\n${this.#child.output()}`));
      });
    });
  }

  /** Lets it end by itself. It is the far side that disconnects: of a process that was disconnected from here, Node never tells that it has closed. */
  async end(): Promise<void> {
    if (this.#child.process.connected) this.#child.process.send(nothingMore);
    await this.#child.ended();
  }
}

/** The far side: answers each question as it comes. `ended` is called when nobody asks any more; whatever else keeps the process running must end then. */
export function answer<Known extends Questions>(
  answers: {
    readonly [Question in keyof Known]: (
      value: Known[Question]['asked'],
    ) => Promise<Known[Question]['answer']> | Known[Question]['answer'];
  },
  ended: () => unknown,
): void {
  process.on('message', (message: Asked | typeof nothingMore) => {
    if (message === nothingMore) {
      process.disconnect();
      return;
    }
    const { number, question, value } = message;
    const reply = (answered: Answered): void => void process.send?.(answered);
    Promise.resolve()
      .then(() => answers[question]?.(value))
      .then(
        (answered) => reply({ number, value: answered }),
        (error: unknown) =>
          reply({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  process.once('disconnect', ended);
}
