import { ServiceError } from '@ringdown/platform';

export interface GatheredReadsOptions<Key, Value> {
  /** Keys of one text are one question. */
  readonly textOf: (key: Key) => string;
  /** Answers in the order of the keys. */
  readonly read: (keys: readonly Key[]) => Promise<readonly Value[]>;
  /** Keys in one read at most. */
  readonly maxBatch: number;
  /** Reads under way at once; what is asked meanwhile gathers. */
  readonly lanes: number;
  /** Questions that may wait; more fail at once. */
  readonly maxWaiting: number;
  /** Told of every question that failed so. */
  readonly overloaded: () => void;
}

interface Question<Key, Value> {
  readonly key: Key;
  readonly askers: PromiseWithResolvers<Value>[];
}

/**
 * Answers questions of many callers by few reads: those that come within a turn of the event loop, or while all lanes are busy, are read
 * together, and a question that several ask is read once. An answer is never older than its question.
 */
export class GatheredReads<Key, Value> {
  readonly #options: GatheredReadsOptions<Key, Value>;
  #waiting = new Map<string, Question<Key, Value>>();
  #askers = 0;
  #running = 0;
  #scheduled = false;

  constructor(options: GatheredReadsOptions<Key, Value>) {
    this.#options = options;
  }

  /** Rejects as reading does, or with ServiceError `resource-exhausted` where too many wait. */
  get(key: Key): Promise<Value> {
    const { textOf, maxWaiting, overloaded } = this.#options;
    if (this.#askers >= maxWaiting) {
      overloaded();
      return Promise.reject(
        new ServiceError('resource-exhausted', `The directory is busy: ${maxWaiting} questions already wait`),
      );
    }
    const asker = Promise.withResolvers<Value>();
    const text = textOf(key);
    const question = this.#waiting.get(text);
    if (question === undefined) this.#waiting.set(text, { key, askers: [asker] });
    else question.askers.push(asker);
    this.#askers += 1;
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#start();
      });
    }
    return asker.promise;
  }

  #start(): void {
    const { lanes, maxBatch } = this.#options;
    while (this.#running < lanes && this.#waiting.size > 0) {
      const batch: Question<Key, Value>[] = [];
      for (const [text, question] of this.#waiting) {
        if (batch.length >= maxBatch) break;
        this.#waiting.delete(text);
        this.#askers -= question.askers.length;
        batch.push(question);
      }
      void this.#run(batch);
    }
  }

  async #run(batch: readonly Question<Key, Value>[]): Promise<void> {
    this.#running += 1;
    try {
      const values = await this.#options.read(batch.map(({ key }) => key));
      if (values.length !== batch.length) throw new Error(`${values.length} answers to ${batch.length} questions`);
      batch.forEach(({ askers }, i) => {
        for (const asker of askers) asker.resolve(values[i] as Value);
      });
    } catch (error) {
      for (const { askers } of batch) for (const asker of askers) asker.reject(error);
    }
    this.#running -= 1;
    this.#start();
  }
}
