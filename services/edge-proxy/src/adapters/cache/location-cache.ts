import { location } from '@ringdown/contracts';
import { VersionedCache } from '../../domain/versioned-cache.js';
import type { Answered, BoundContacts, LocationLookups, Lookup } from '../../ports/lookups.js';
import { AwayPhones } from './away-phones.js';
import { CachedLookup, type LookupCounters } from './cached-lookup.js';

export interface LocationCacheOptions {
  readonly service: location.LocationService;
  readonly now: () => number;
  readonly failed: (error: unknown) => void;
  readonly succeeded: () => void;
  readonly capacity: number;
  readonly silenceMs: number;
  readonly timeoutMs: number;
  /** How long a phone that has lost its flow is waited for; default 6,000: phones come back within 5 s (RFC 5626 §4.5 has them begin at once). */
  readonly returnMs?: number;
}

const defaultReturnMs = 6_000;
const { FLOW_GONE, SUSPENDED, LEASE_ENDED } = location.ChangeReason;
/** What a phone doesn't do by itself. */
const lossReasons: ReadonlySet<location.ChangeReason> = new Set([FLOW_GONE, SUSPENDED, LEASE_ENDED]);

/** Can stand in neither a tenant's id nor an address of record. */
const separator = '\n';

/**
 * Location's bindings, kept true by its change events. Left out of every answer, also of a stale one, is what has expired, and what is suspended since the
 * edge that holds the flow is silent.
 */
export class LocationCache implements LocationLookups {
  private readonly cache: VersionedCache<BoundContacts>;
  private readonly lookup: CachedLookup<BoundContacts>;
  private readonly away: AwayPhones;
  /** When location's publisher was last heard, on the edge's clock. */
  heardAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: LocationCacheOptions) {
    const { service, now, capacity, silenceMs, timeoutMs, failed, succeeded } = options;
    this.cache = new VersionedCache({ capacity, silenceMs });
    this.away = new AwayPhones(now, options.returnMs ?? defaultReturnMs);
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

  get counters(): LookupCounters {
    return this.lookup.counters;
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
      doubt: (tenantId, addressOfRecord) => this.doubt(tenantId, addressOfRecord),
      flowGone: (tenantId, addressOfRecord, binding) => this.flowGone(tenantId, addressOfRecord, binding, traceparent),
      ownerAway: (tenantId, addressOfRecord, binding) => this.ownerAway(tenantId, addressOfRecord, binding),
    };
  }

  bindings(tenantId: string, addressOfRecord: string, answered: Answered<BoundContacts>, traceparent?: string): void {
    this.find(tenantId, addressOfRecord, answered, traceparent, false);
  }

  /** `isAsked`: the cache had nobody, and location is asked. */
  private find(
    tenantId: string,
    addressOfRecord: string,
    answered: Answered<BoundContacts>,
    traceparent: string | undefined,
    isAsked: boolean,
  ): void {
    const key = `${tenantId}${separator}${addressOfRecord}`;
    this.lookup.find(
      key,
      (answer) => {
        const now = this.options.now();
        const live =
          answer.kind === 'found' ? inForce(answer, now, (binding) => this.away.isLost(key, binding)) : answer;
        const isNobody = live.kind === 'absent' || (live.kind === 'found' && live.value.bindings.length === 0);
        // Of phones that have registered since, only location can tell.
        const isUnknown = isNobody && answer.kind === 'found' && answer.isStale === true;
        const again = (): void => this.bindings(tenantId, addressOfRecord, answered, traceparent);
        if (isNobody && answer.kind === 'found' && !isUnknown && !isAsked) {
          this.cache.distrust(key);
          this.find(tenantId, addressOfRecord, answered, traceparent, true);
        } else if (!isNobody || !this.away.wait(key, again)) answered(isUnknown ? { kind: 'unavailable' } : live);
      },
      traceparent,
    );
  }

  registered(tenantId: string, addressOfRecord: string): void {
    const key = `${tenantId}${separator}${addressOfRecord}`;
    this.cache.distrust(key);
    this.away.settled(key);
  }

  doubt(tenantId: string, addressOfRecord: string): void {
    this.cache.distrust(`${tenantId}${separator}${addressOfRecord}`);
  }

  ownerAway(tenantId: string, addressOfRecord: string, { flow }: location.Binding): void {
    this.doubt(tenantId, addressOfRecord);
    this.away.left(`${tenantId}${separator}${addressOfRecord}`, flow);
  }

  flowGone(tenantId: string, addressOfRecord: string, binding: location.Binding, traceparent?: string): void {
    const { flow, bindingKey } = binding;
    if (flow === undefined) return;
    const { flowToken, edgeId, incarnation } = flow;
    this.doubt(tenantId, addressOfRecord);
    this.away.left(`${tenantId}${separator}${addressOfRecord}`, flow);
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
    reason: location.ChangeReason;
  }): void {
    const { tenantId, addressOfRecord, version, bindings, reason } = event;
    const now = this.options.now();
    const key = `${tenantId}${separator}${addressOfRecord}`;
    const contacts = bindings.length === 0 ? undefined : { version, bindings, readAt: now };
    this.cache.changed(now, key, version, contacts);
    const isReached = bindings.some((binding) => !binding.suspended && !this.away.isLost(key, binding));
    if (!isReached && lossReasons.has(reason)) this.away.left(key);
    else if (isReached || bindings.length === 0) this.away.settled(key);
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

function inForce(
  found: Extract<Lookup<BoundContacts>, { kind: 'found' }>,
  now: number,
  isLost: (binding: location.Binding) => boolean,
): Lookup<BoundContacts> {
  const contacts = found.value;
  const elapsedMs = now - contacts.readAt;
  const bound = contacts.bindings.filter((binding) => binding.remainingMs > elapsedMs);
  if (bound.length === 0) return { kind: 'absent' };
  const live = bound.filter((binding) => !binding.suspended && !isLost(binding));
  return live.length === contacts.bindings.length ? found : { ...found, value: { ...contacts, bindings: live } };
}
