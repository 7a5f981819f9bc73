import { describe, expect, it } from 'vitest';
import { retryAtStart } from './resilience.js';
import { ServiceError } from './service-error.js';

const unavailable = () => new ServiceError('unavailable', 'not yet');

describe('retryAtStart', () => {
  it('tries again until it works', async () => {
    const attempts: number[] = [];
    let calls = 0;
    const connect = async () => {
      calls += 1;
      if (calls < 4) throw unavailable();
      return calls;
    };
    const failed = (_error: unknown, attempt: number) => void attempts.push(attempt);
    await expect(retryAtStart(connect, { firstDelayMs: 1, failed })).resolves.toBe(4);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('throws what waiting cannot mend at once', async () => {
    let calls = 0;
    const connect = () => {
      calls += 1;
      return Promise.reject(new ServiceError('unauthenticated', 'wrong password'));
    };
    await expect(retryAtStart(connect, { firstDelayMs: 1 })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(calls).toBe(1);
  });

  it('throws the last failure when the time is over', async () => {
    const started = performance.now();
    await expect(
      retryAtStart(() => Promise.reject(unavailable()), { firstDelayMs: 1, timeoutMs: 50 }),
    ).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(performance.now() - started).toBeGreaterThanOrEqual(50);
  });
});
