import type { directory } from '@ringdown/contracts';
import type { TenantId } from '../../domain/tenant-id.js';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { changeMessage, positionMessage } from './messages.js';

/** Resolves when there may be something new, at the latest after about a second; at once when the signal aborts. */
export interface Waiter {
  wait(signal: AbortSignal): Promise<void>;
}

export interface WatchOptions {
  /** 0: from now on. */
  readonly afterPosition: number;
  /** Undefined: all tenants. */
  readonly tenantId: TenantId | undefined;
  readonly signal: AbortSignal;
}

const BATCH = 500;

/** Changes in the order of their commits, and after each look the position up to which everything was seen. */
export async function* watchChanges(
  store: Pick<DirectoryStore, 'changesAfter' | 'position'>,
  waiter: Waiter,
  { afterPosition, tenantId, signal }: WatchOptions,
): AsyncGenerator<directory.WatchResponse> {
  let position = afterPosition === 0 ? await store.position() : afterPosition;
  while (!signal.aborted) {
    const changes = await store.changesAfter(position, BATCH);
    if (changes === 'pruned') {
      position = await store.position();
      yield { position, change: undefined, reset: true };
      continue;
    }
    for (const change of changes) {
      position = change.position;
      if (tenantId === undefined || change.tenantId === tenantId) yield changeMessage(change);
    }
    if (changes.length === BATCH) continue;
    yield positionMessage(position);
    await waiter.wait(signal);
  }
}
