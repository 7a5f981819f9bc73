import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** Longer than the platform itself takes to stop at the most, so that what it started isn't orphaned. */
const endMs = 20_000;

/** A process in a group of its own, with what it printed; it ends when the tests end, whatever happens. */
export interface Child {
  readonly process: ChildProcess;
  /** Everything printed so far, standard output and error together. */
  output(): string;
  /** Resolves with what `pattern` matched in the output; rejects with the output when the process ends or the time is over first. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>;
  /** Signals the process alone. */
  signal(signal: NodeJS.Signals): void;
  /** Ends the whole group: `signal` (SIGTERM unless told), then SIGKILL. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) killGroup(child, 'SIGKILL');
});

/** Kills every process that is still there, with its group. For the end of a test file: whatever is left then was forgotten. */
export async function endChildren(): Promise<void> {
  const left = [...living];
  for (const child of left) killGroup(child, 'SIGKILL');
  await Promise.all(left.map((child) => new Promise((resolve) => child.once('close', resolve))));
}

export function startChild(command: string, args: readonly string[], options: SpawnOptions = {}): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options, detached: true });
  living.add(child);
  let text = '';
  let waiters: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiters;
    waiters = [];
    for (const waiter of woken) waiter();
  };
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
    wake();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('error', (error) => {
      text += `\n${command} could not be started: ${error.message}`;
      living.delete(child);
      resolve(-1);
      wake();
    });
    child.once('close', (code, signal) => {
      living.delete(child);
      resolve(code ?? signal ?? -1);
      wake();
    });
  });
  let over = false;
  void ended.then(() => {
    over = true;
  });
  return {
    process: child,
    output: () => text,
    ended: () => ended,
    signal: (signal) => {
      if (child.pid !== undefined) process.kill(child.pid, signal);
    },
    printed: async (pattern, timeoutMs = 20_000) => {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const match = pattern.exec(text);
        if (match !== null) return match;
        const leftMs = deadline - performance.now();
        if (over || leftMs <= 0) throw new Error(`${command} did not print ${pattern}; it printed:\n${text}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, leftMs);
          waiters.push(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
    },
    end: async (signal = 'SIGTERM') => {
      if (over) return;
      killGroup(child, signal);
      const timer = setTimeout(() => killGroup(child, 'SIGKILL'), endMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
