import { describe, expect, it } from 'vitest';
import type { Change } from '../../domain/change.js';
import { parseTenantId } from '../../domain/tenant-id.js';
import { CommitSignal } from './commit-signal.js';
import { watchChanges } from './watch-changes.js';

const tenant = parseTenantId('acme');
if (!tenant.ok) throw new Error(tenant.detail);
const tenantId = tenant.value;

function changes(from: number, to: number): Change[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    tenantId,
    position: from + index,
    subject: { kind: 'tenant', removed: false },
  }));
}

describe('watchChanges', () => {
  it('starts anew where the position is no longer kept', async () => {
    const stop = new AbortController();
    const store = {
      changesAfter: async (position: number) => (position < 40 ? ('pruned' as const) : changes(position + 1, 42)),
      position: async () => 40,
    };
    const seen: unknown[] = [];
    for await (const { position, reset, change } of watchChanges(store, new CommitSignal(), {
      afterPosition: 3,
      tenantId: undefined,
      signal: stop.signal,
    })) {
      seen.push([position, reset, change?.version]);
      if (seen.length === 4) break;
    }
    expect(seen).toEqual([
      [40, true, undefined],
      [41, false, 41],
      [42, false, 42],
      [42, false, undefined],
    ]);
  });

  it('reads on at once while there is more than fits an answer', async () => {
    const stop = new AbortController();
    const store = {
      changesAfter: async (position: number, limit: number) => changes(position + 1, Math.min(1200, position + limit)),
      position: async () => 0,
    };
    const never = { wait: () => new Promise<void>(() => undefined) };
    let last = 0;
    for await (const { position, change } of watchChanges(store, never, {
      afterPosition: 1,
      tenantId: undefined,
      signal: stop.signal,
    })) {
      if (change === undefined) break;
      expect(position).toBe(last === 0 ? 2 : last + 1);
      last = position;
    }
    expect(last).toBe(1200);
  });

  it('ends when it is told to, also while it waits', async () => {
    const stop = new AbortController();
    const store = { changesAfter: async () => [], position: async () => 7 };
    const seen: number[] = [];
    for await (const { position } of watchChanges(store, new CommitSignal(600_000), {
      afterPosition: 7,
      tenantId: undefined,
      signal: stop.signal,
    })) {
      seen.push(position);
      queueMicrotask(() => stop.abort());
    }
    expect(seen).toEqual([7]);
  });
});

describe('CommitSignal', () => {
  it('wakes all who wait', async () => {
    const signal = new CommitSignal(600_000);
    const waiting = [signal.wait(new AbortController().signal), signal.wait(new AbortController().signal)];
    signal.notify();
    await expect(Promise.all(waiting)).resolves.toEqual([undefined, undefined]);
  });

  it('wakes by itself after its period', async () => {
    await expect(new CommitSignal(1).wait(new AbortController().signal)).resolves.toBeUndefined();
  });

  it('does not wait for what is aborted already', async () => {
    await expect(new CommitSignal(600_000).wait(AbortSignal.abort())).resolves.toBeUndefined();
  });
});
