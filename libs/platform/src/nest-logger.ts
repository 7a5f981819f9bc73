import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/**
 * Nest's own log lines, which are process-wide, under the name `nest`. What Nest says of its start is only for debugging.
 */
export function nestLogger(logger: Logger): LoggerService {
  const own = logger.forService('nest');
  const fields = (rest: readonly unknown[]) => ({ context: rest.at(-1) });
  const failure = (message: unknown, rest: readonly unknown[]) => {
    // What keeps a module from starting is thrown as well, and told by whoever started it.
    if (rest.at(-1) !== 'ExceptionHandler') own.error(String(message), { ...fields(rest), error: message });
  };
  return {
    log: (message: unknown, ...rest: unknown[]) => own.debug(String(message), fields(rest)),
    debug: (message: unknown, ...rest: unknown[]) => own.debug(String(message), fields(rest)),
    verbose: (message: unknown, ...rest: unknown[]) => own.debug(String(message), fields(rest)),
    warn: (message: unknown, ...rest: unknown[]) => own.warn(String(message), fields(rest)),
    error: (message: unknown, ...rest: unknown[]) => failure(message, rest),
    fatal: (message: unknown, ...rest: unknown[]) => failure(message, rest),
  };
}
