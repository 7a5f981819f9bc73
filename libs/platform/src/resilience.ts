import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { isTransient } from './service-error.js';

export interface StartRetryOptions {
  /** Time after which the last failure is thrown; default 30,000. */
  readonly timeoutMs?: number;
  /** First pause; the next ones grow to 2 s, with jitter. Default 100. */
  readonly firstDelayMs?: number;
  /** Called after each failed attempt, counted from 1, for the log. */
  readonly failed?: (error: unknown, attempt: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Connects to something that may come up later than we do: tries again while the failure is transient, within a time limit.
 * For starting only; what runs reconnects by itself.
 */
export async function retryAtStart<Result>(
  connect: () => Promise<Result>,
  options: StartRetryOptions = {},
): Promise<Result> {
  const endsAtMs = performance.now() + (options.timeoutMs ?? 30_000);
  const policy = retry(
    handleWhen((error) => isTransient(error) && performance.now() < endsAtMs),
    {
      maxAttempts: Number.MAX_SAFE_INTEGER,
      backoff: new ExponentialBackoff({ initialDelay: options.firstDelayMs ?? 100, maxDelay: 2_000 }),
    },
  );
  return policy.execute(async ({ attempt }) => {
    try {
      return await connect();
    } catch (error) {
      options.failed?.(error, attempt + 1);
      throw error;
    }
  }, options.signal);
}
