import { type directory, location } from '@ringdown/contracts';

/** Directory and location as an edge sees them, over plain tables. Each counts what it was asked, and can be away. */
export class OwningServices {
  readonly domains = new Map<string, directory.Tenant>();
  readonly subscribers = new Map<string, directory.Subscriber>();
  readonly routes = new Map<string, readonly directory.Route[]>();
  readonly numbers = new Map<string, { readonly tenantId: string; readonly username: string | undefined }>();
  readonly bindings = new Map<string, readonly location.Binding[]>();
  readonly unbound: location.UnbindRequest[] = [];
  readonly renewals: location.RenewLeaseRequest[] = [];
  readonly leasesEnded: location.EndLeaseRequest[] = [];
  /** What a renewal is answered with. */
  leaseOutcome: location.LeaseOutcome = location.LeaseOutcome.RENEWED;
  readonly asked = { directory: 0, location: 0 };
  readonly away = new Set<'directory' | 'location'>();
  /** Told of each change of bindings, as location's outbox is. */
  onBound: ((tenantId: string, addressOfRecord: string) => void) | undefined;
  version = 1;
  #gate: Promise<void> = Promise.resolve();

  readonly directory: directory.DirectoryService = {
    resolveDomain: ({ domain }) =>
      this.#directory(() => {
        const tenant = this.domains.get(domain);
        return { ...(tenant === undefined ? {} : { tenant }), domainVersion: this.version, position: this.version };
      }),
    getTenant: ({ tenantId }) =>
      this.#directory(() => {
        const tenant = [...this.domains.values()].find((each) => each.tenantId === tenantId);
        return { ...(tenant === undefined ? {} : { tenant }), position: this.version };
      }),
    getSubscriber: ({ tenantId, username }) =>
      this.#directory(() => {
        const subscriber = this.subscribers.get(`${tenantId} ${username}`);
        return { ...(subscriber === undefined ? {} : { subscriber }), position: this.version };
      }),
    listRoutes: ({ tenantId }) =>
      this.#directory(() => ({
        routes: [...(this.routes.get(tenantId) ?? [])],
        version: this.version,
        position: this.version,
      })),
    resolveNumber: ({ e164 }) =>
      this.#directory(() => ({ ...this.numbers.get(e164), version: this.version, position: this.version })),
    watch: unusedStream,
  };

  readonly location: location.LocationService = {
    lookup: ({ tenantId, addressOfRecord }) =>
      this.#location(() => ({
        version: this.version,
        bindings: [...(this.bindings.get(`${tenantId} ${addressOfRecord}`) ?? [])],
      })),
    unbind: (request) =>
      this.#location(() => {
        this.unbound.push(request);
        return { removed: 1, version: this.version };
      }),
    renewLease: (request) =>
      this.#location(() => {
        this.renewals.push(request);
        return { outcome: this.leaseOutcome };
      }),
    endLease: (request) =>
      this.#location(() => {
        this.leasesEnded.push(request);
        return {};
      }),
    bind: unused,
    list: unused,
    watch: unusedStream,
  };

  /** The tenant's domains lead to it, and its subscribers are there. */
  add(tenant: directory.Tenant, subscribers: readonly directory.Subscriber[], aliases: readonly string[] = []): void {
    for (const domain of [tenant.canonicalDomain, ...aliases]) this.domains.set(domain, tenant);
    for (const subscriber of subscribers) this.subscribers.set(`${tenant.tenantId} ${subscriber.username}`, subscriber);
  }

  bind(tenantId: string, addressOfRecord: string, bindings: readonly location.Binding[]): void {
    this.version += 1;
    this.bindings.set(`${tenantId} ${addressOfRecord}`, bindings);
    this.onBound?.(tenantId, addressOfRecord);
  }

  /** Keeps every answer back until the function that is returned is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  async #directory<T>(answer: () => T): Promise<T> {
    this.asked.directory += 1;
    await this.#gate;
    if (this.away.has('directory')) throw new Error('the directory is away');
    return answer();
  }

  async #location<T>(answer: () => T): Promise<T> {
    this.asked.location += 1;
    await this.#gate;
    if (this.away.has('location')) throw new Error('location is away');
    return answer();
  }
}

function unused(): Promise<never> {
  return Promise.reject(new Error('an edge does not ask for this'));
}

function unusedStream(): AsyncIterable<never> {
  throw new Error('an edge does not ask for this');
}
