import type { location } from '@ringdown/contracts';
import { VersionedCache } from '../../domain/versioned-cache.js';
import type { Answered, BoundContacts, LocationLookups } from '../../ports/lookups.js';
import { CachedLookup } from './cached-lookup.js';

export interface LocationCacheOptions {
  readonly service: location.LocationService;
  readonly now: () => number;
  readonly failed: (error: unknown) => void;
  readonly succeeded: () => void;
  readonly capacity: number;
  readonly silenceMs: number;
  readonly timeoutMs: number;
}

/** Can stand in neither a tenant's id nor an address of record. */
const separator = '\n';

/**
 * Location's bindings, kept true by its change events. Left out of every answer, also of a stale one, is what has expired, and what is suspended since the
 * edge that holds the flow is silent.
 */
export class LocationCache implements LocationLookups {
  private readonly cache: VersionedCache<BoundContacts>;
  private readonly lookup: CachedLookup<BoundContacts>;
  /** When location's publisher was last heard, on the edge's clock. */
  heardAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: LocationCacheOptions) {
    const { service, now, capacity, silenceMs, timeoutMs, failed, succeeded } = options;
    this.cache = new VersionedCache({ capacity, silenceMs });
    this.lookup = new CachedLookup({
      cache: this.cache,
      now,
      failed,
      succeeded,
      load: async (key, traceparent) => {
        const at = key.indexOf(separator);
        const readAt = now();
        const { version, bindings } = await service.lookup(
          { tenantId: key.slice(0, at), addressOfRecord: key.slice(at + 1) },
          { timeoutMs, traceparent },
        );
        return bindings.length === 0 ? undefined : { version, bindings, readAt };
      },
    });
  }

  get size(): number {
    return this.cache.size;
  }

  within(traceparent: string): LocationLookups {
    return {
      within: (other) => this.within(other),
      bindings: (tenantId, addressOfRecord, answered) =>
        this.bindings(tenantId, addressOfRecord, answered, traceparent),
      registered: (tenantId, addressOfRecord) => this.registered(tenantId, addressOfRecord),
      flowGone: (tenantId, addressOfRecord, binding) => this.flowGone(tenantId, addressOfRecord, binding, traceparent),
    };
  }

  bindings(tenantId: string, addressOfRecord: string, answered: Answered<BoundContacts>, traceparent?: string): void {
    this.lookup.find(
      `${tenantId}${separator}${addressOfRecord}`,
      (answer) => answered(answer.kind === 'found' ? inForce(answer.value, this.options.now()) : answer),
      traceparent,
    );
  }

  registered(tenantId: string, addressOfRecord: string): void {
    this.cache.distrust(`${tenantId}${separator}${addressOfRecord}`);
  }

  flowGone(tenantId: string, addressOfRecord: string, binding: location.Binding, traceparent?: string): void {
    const { flow, bindingKey } = binding;
    if (flow === undefined) return;
    const { flowToken, edgeId, incarnation } = flow;
    this.options.service
      .unbind(
        { tenantId, addressOfRecord, bindingKey, flowToken, edgeId, incarnation },
        { timeoutMs: this.options.timeoutMs, traceparent },
      )
      .then(this.options.succeeded, this.options.failed);
  }

  /** Applies a change event, which carries all bindings of the address of record. */
  changed(event: {
    tenantId: string;
    addressOfRecord: string;
    version: number;
    bindings: readonly location.Binding[];
  }): void {
    const { tenantId, addressOfRecord, version, bindings } = event;
    const now = this.options.now();
    const contacts = bindings.length === 0 ? undefined : { version, bindings, readAt: now };
    this.cache.changed(now, `${tenantId}${separator}${addressOfRecord}`, version, contacts);
  }

  /** Location's publisher was heard. */
  heard(): void {
    this.heardAt = this.options.now();
    this.cache.heard(this.heardAt);
  }

  /** Events may have been missed. */
  distrustAll(): void {
    this.cache.distrustAll(this.options.now());
  }
}

function inForce(contacts: BoundContacts, now: number): Parameters<Answered<BoundContacts>>[0] {
  const elapsedMs = now - contacts.readAt;
  const bound = contacts.bindings.filter((binding) => binding.remainingMs > elapsedMs);
  if (bound.length === 0) return { kind: 'absent' };
  const live = bound.filter(({ suspended }) => !suspended);
  return {
    kind: 'found',
    value: live.length === contacts.bindings.length ? contacts : { ...contacts, bindings: live },
  };
}
