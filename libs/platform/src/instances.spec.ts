import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Instances } from './instances.js';

describe('Instances', () => {
  let told: string[];
  let dns: Record<string, readonly string[] | Error>;
  const open: Instances[] = [];

  function instances(...endpoints: readonly string[]): Instances {
    const made = new Instances({
      endpoints: endpoints.map((text) => ({ host: text.split(':')[0] ?? '', port: Number(text.split(':')[1]) })),
      came: ({ host, port }) => told.push(`+${host}:${port}`),
      gone: ({ host, port }) => told.push(`-${host}:${port}`),
      failed: (host) => told.push(`?${host}`),
      lookup: async (host) => {
        const found = dns[host] ?? [];
        if (found instanceof Error) throw found;
        return found;
      },
      intervalMs: 1_000,
    });
    open.push(made);
    return made;
  }

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    dns = {};
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
    vi.useRealTimers();
  });

  it('an address is one instance, at once and for good', async () => {
    instances('10.0.0.1:50051', 'localhost:50052');
    expect(told).toEqual(['+10.0.0.1:50051', '+localhost:50052']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toHaveLength(2);
  });

  it('a name is one for each of its addresses, which come and go', async () => {
    dns['location'] = ['10.0.0.1', '10.0.0.2'];
    instances('location:50051');
    await vi.advanceTimersByTimeAsync(0);
    expect(told.splice(0)).toEqual(['+10.0.0.1:50051', '+10.0.0.2:50051']);
    dns['location'] = ['10.0.0.2', '10.0.0.3'];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told.splice(0)).toEqual(['+10.0.0.3:50051', '-10.0.0.1:50051']);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told).toEqual([]);
  });

  it.each([
    { name: 'can not be resolved', answer: new Error('EAI_AGAIN'), says: ['?location'] },
    { name: 'resolves to nothing', answer: [], says: [] },
  ])('keeps what it has while a name $name', async ({ answer, says }) => {
    dns['location'] = ['10.0.0.1'];
    instances('location:50051');
    await vi.advanceTimersByTimeAsync(0);
    dns['location'] = answer;
    await vi.advanceTimersByTimeAsync(1_000);
    dns['location'] = ['10.0.0.1'];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual(['+10.0.0.1:50051', ...says]);
  });

  it('keeps apart what two names have', async () => {
    dns['a'] = ['10.0.0.1'];
    dns['b'] = ['10.0.0.2'];
    instances('a:1', 'b:1');
    await vi.advanceTimersByTimeAsync(0);
    dns['a'] = ['10.0.0.3'];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual(['+10.0.0.1:1', '+10.0.0.2:1', '+10.0.0.3:1', '-10.0.0.1:1']);
  });

  it('asks no more once it is closed', async () => {
    dns['a'] = ['10.0.0.1'];
    const made = instances('a:1');
    made.close();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told).toEqual([]);
  });
});
