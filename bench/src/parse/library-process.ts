import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { LibraryName } from './tested-parsers.js';
import type { Refusal, Turn, TurnResult } from './turn.js';

/** A library in a process of its own, so that none warms up, litters or slows down another's engine. */
export class LibraryProcess {
  readonly library: LibraryName;
  readonly refusals: readonly Refusal[];
  readonly #child: ChildProcess;

  private constructor(library: LibraryName, child: ChildProcess, refusals: readonly Refusal[]) {
    this.library = library;
    this.#child = child;
    this.refusals = refusals;
  }

  static async start(library: LibraryName): Promise<LibraryProcess> {
    // Nothing of this process's own flags: they may belong to a test runner, which also loads this file from its source.
    const child = fork(new URL('../../dist/parse/child.js', import.meta.url), [library], { execArgv: [] });
    return new LibraryProcess(library, child, await answerOf<readonly Refusal[]>(library, child));
  }

  async take(turn: Turn): Promise<TurnResult> {
    const answer = answerOf<TurnResult>(this.library, this.#child);
    this.#child.send(turn);
    return answer;
  }

  /** The process ends when it has nobody to talk to any more. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }
}

function answerOf<T>(library: LibraryName, child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) =>
      reject(new Error(`The process of ${library} ended early (${signal ?? code}): what it printed above says why`));
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as T);
    });
  });
}
