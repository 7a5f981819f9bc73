import type { directory } from '@ringdown/contracts';
import { type Versioned, VersionedCache } from '../../domain/versioned-cache.js';
import type { Answered, DirectoryLookups, Lookup } from '../../ports/lookups.js';
import { CachedLookup, type LookupCounters } from './cached-lookup.js';

/** An answer of directory's; an absence has a version too, and is cached until an event says otherwise: scanners ask for unknown names all day. */
interface Known<T> extends Versioned {
  readonly value: T | undefined;
}

type Number = { readonly tenantId: string; readonly username: string | undefined };

export interface DirectoryCacheOptions {
  readonly service: directory.DirectoryService;
  readonly now: () => number;
  readonly failed: (error: unknown) => void;
  readonly succeeded: () => void;
  /** The most entries of each kind. */
  readonly capacity: number;
  readonly silenceMs: number;
  readonly timeoutMs: number;
}

/** Directory's answers, kept true by its change events. */
export class DirectoryCache implements DirectoryLookups {
  private readonly domains: Kind<directory.Tenant>;
  private readonly tenants: Kind<directory.Tenant>;
  private readonly numbers: Kind<Number>;
  private readonly subscribers: Kind<directory.Subscriber>;
  private readonly routeLists: Kind<readonly directory.Route[]>;

  constructor(private readonly options: DirectoryCacheOptions) {
    const { service, timeoutMs } = options;
    this.domains = kind(options, async (domain, traceparent) => {
      const answer = await service.resolveDomain({ domain }, { timeoutMs, traceparent });
      return { version: answer.position, value: answer.tenant };
    });
    this.tenants = kind(options, async (tenantId, traceparent) => {
      const answer = await service.getTenant({ tenantId }, { timeoutMs, traceparent });
      return { version: answer.position, value: answer.tenant };
    });
    this.numbers = kind(options, async (e164, traceparent) => {
      const { tenantId, username, position } = await service.resolveNumber({ e164 }, { timeoutMs, traceparent });
      return { version: position, value: tenantId === undefined ? undefined : { tenantId, username } };
    });
    this.subscribers = kind(options, async (key, traceparent) => {
      const at = key.indexOf(separator);
      const answer = await service.getSubscriber(
        { tenantId: key.slice(0, at), username: key.slice(at + 1) },
        { timeoutMs, traceparent },
      );
      return { version: answer.position, value: answer.subscriber };
    });
    this.routeLists = kind<readonly directory.Route[]>(options, async (tenantId, traceparent) => {
      const answer = await service.listRoutes({ tenantId }, { timeoutMs, traceparent });
      return { version: answer.position, value: answer.routes };
    });
  }

  within(traceparent: string): DirectoryLookups {
    return {
      within: (other) => this.within(other),
      tenantByDomain: (domain, answered) => this.tenantByDomain(domain, answered, traceparent),
      tenant: (tenantId, answered) => this.tenant(tenantId, answered, traceparent),
      tenantByNumber: (e164, answered) => this.tenantByNumber(e164, answered, traceparent),
      subscriber: (tenantId, username, answered) => this.subscriber(tenantId, username, answered, traceparent),
      routes: (tenantId, answered) => this.routes(tenantId, answered, traceparent),
    };
  }

  tenantByDomain(domain: string, answered: Answered<directory.Tenant>, traceparent?: string): void {
    this.domains.lookup.find(domain, (answer) => answered(present(answer)), traceparent);
  }

  tenant(tenantId: string, answered: Answered<directory.Tenant>, traceparent?: string): void {
    this.tenants.lookup.find(tenantId, (answer) => answered(present(answer)), traceparent);
  }

  tenantByNumber(e164: string, answered: Answered<Number>, traceparent?: string): void {
    this.numbers.lookup.find(e164, (answer) => answered(present(answer)), traceparent);
  }

  subscriber(tenantId: string, username: string, answered: Answered<directory.Subscriber>, traceparent?: string): void {
    const key = `${tenantId}${separator}${username}`;
    this.subscribers.lookup.find(key, (answer) => answered(present(answer)), traceparent);
  }

  routes(tenantId: string, answered: Answered<readonly directory.Route[]>, traceparent?: string): void {
    this.routeLists.lookup.find(tenantId, (answer) => answered(present(answer)), traceparent);
  }

  /** Applies a change event: what it names is forgotten and asked for again when needed. */
  changed(change: directory.Change): void {
    const { tenantId, version, subject } = change;
    const now = this.options.now();
    switch (subject?.$case) {
      case 'tenant':
        this.domains.cache.forget(
          (_, known) => known.value === undefined || known.value.tenantId === tenantId,
          version,
        );
        this.tenants.cache.changed(now, tenantId, version, undefined);
        this.routeLists.cache.changed(now, tenantId, version, undefined);
        this.forgetSubscribers(tenantId, version);
        return;
      case 'domain':
        this.domains.cache.changed(now, subject.value.domain, version, undefined);
        return;
      case 'number':
        this.numbers.cache.changed(now, subject.value.e164, version, undefined);
        return;
      case 'subscriber':
        this.subscribers.cache.changed(now, `${tenantId}${separator}${subject.value.username}`, version, undefined);
        return;
      case 'subscribers':
        this.forgetSubscribers(tenantId, version);
        return;
      case 'routes':
        this.routeLists.cache.changed(now, tenantId, version, undefined);
        return;
      case undefined:
        return;
    }
  }

  /** How many entries of each kind there are. */
  get sizes(): Readonly<Record<'domains' | 'tenants' | 'numbers' | 'subscribers' | 'routes', number>> {
    return {
      domains: this.domains.cache.size,
      tenants: this.tenants.cache.size,
      numbers: this.numbers.cache.size,
      subscribers: this.subscribers.cache.size,
      routes: this.routeLists.cache.size,
    };
  }

  /** How lookups of each kind were served. */
  get counters(): Readonly<Record<'domains' | 'tenants' | 'numbers' | 'subscribers' | 'routes', LookupCounters>> {
    return {
      domains: this.domains.lookup.counters,
      tenants: this.tenants.lookup.counters,
      numbers: this.numbers.lookup.counters,
      subscribers: this.subscribers.lookup.counters,
      routes: this.routeLists.lookup.counters,
    };
  }

  /** Directory's publisher was heard. */
  heard(): void {
    for (const { cache } of this.kinds()) cache.heard(this.options.now());
  }

  /** Events may have been missed. */
  distrustAll(): void {
    for (const { cache } of this.kinds()) cache.distrustAll(this.options.now());
  }

  private forgetSubscribers(tenantId: string, version: number): void {
    const prefix = `${tenantId}${separator}`;
    this.subscribers.cache.forget((key) => key.startsWith(prefix), version);
  }

  private kinds(): readonly { readonly cache: Pick<VersionedCache<Versioned>, 'heard' | 'distrustAll'> }[] {
    return [this.domains, this.tenants, this.numbers, this.subscribers, this.routeLists];
  }
}

/** Can stand in neither a tenant's id nor a username. */
const separator = '\n';

interface Kind<T> {
  readonly cache: VersionedCache<Known<T>>;
  readonly lookup: CachedLookup<Known<T>>;
}

function kind<T>(
  options: DirectoryCacheOptions,
  load: (key: string, traceparent: string | undefined) => Promise<Known<T>>,
): Kind<T> {
  const { capacity, silenceMs, now, failed, succeeded } = options;
  const cache = new VersionedCache<Known<T>>({ capacity, silenceMs });
  return { cache, lookup: new CachedLookup({ cache, load, now, failed, succeeded }) };
}

function present<T>(answer: Lookup<Known<T>>): Lookup<T> {
  if (answer.kind !== 'found') return answer;
  return answer.value.value === undefined ? { kind: 'absent' } : { kind: 'found', value: answer.value.value };
}
