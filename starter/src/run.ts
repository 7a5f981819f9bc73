import { installSignalHandlers, type Logger, ServiceError, Shutdown } from '@ringdown/platform';
import { StartProblem } from './start-problem.js';

/**
 * Runs a process until a signal comes: prints what `start` returns, stops everything in order, and exits with 0, or with 1 when the start
 * failed or something had to be cut off, for which it is given `timeoutMs`. A signal during the start waits for the start to end, so that nothing is left half-started.
 */
export async function runUntilSignal(
  logger: Logger,
  timeoutMs: number,
  start: (shutdown: Shutdown) => Promise<string>,
): Promise<void> {
  // Whoever reads the log may leave (`npm start | head`, a closed terminal); calls stay up.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const shutdown = new Shutdown({ logger, timeoutMs });
  const started = Promise.withResolvers<void>();
  // Before anything is started: the default action of a signal would leave what has been.
  installSignalHandlers({ signal: () => started.promise.then(() => shutdown.signal()) }, (code) => process.exit(code));
  // A closed terminal must not leave Postgres, which has a session of its own.
  process.on('SIGHUP', () => process.emit('SIGTERM'));
  try {
    process.stdout.write(`${await start(shutdown)}\n`);
    started.resolve();
  } catch (error) {
    await shutdown.signal();
    throw error;
  }
}

/** Ends the process with what a person needs to know: a sentence for what they can mend, a stack for what is a bug. */
export function exitWith(error: unknown): never {
  if (error instanceof StartProblem || error instanceof ServiceError) {
    process.stderr.write(
      `${error.message
        .split('\n')
        .map((line) => `ringdown: ${line}`)
        .join('\n')}\n`,
    );
  } else {
    process.stderr.write(
      `ringdown: a bug kept it from starting:\n${error instanceof Error ? error.stack : String(error)}\n`,
    );
  }
  process.exit(1);
}
