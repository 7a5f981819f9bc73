/** The label of all tenants beyond the bound. */
export const otherTenants = 'other';

/**
 * What is counted for each tenant, for so many of them: the first that are seen have their own, the rest share one, so that metrics stay bounded
 * and each number only grows. Reading one is a look into a map.
 */
export class ByTenant<Counted> {
  readonly #own = new Map<string, Counted>();
  #other: Counted | undefined;

  constructor(
    private readonly maxTenants: number,
    private readonly create: () => Counted,
  ) {}

  of(tenantId: string): Counted {
    const own = this.#own.get(tenantId);
    if (own !== undefined) return own;
    if (this.#own.size >= this.maxTenants) {
      this.#other ??= this.create();
      return this.#other;
    }
    const created = this.create();
    this.#own.set(tenantId, created);
    return created;
  }

  /** By the label of the tenant; `other` last. */
  *entries(): Iterable<readonly [tenant: string, counted: Counted]> {
    yield* this.#own;
    if (this.#other !== undefined) yield [otherTenants, this.#other];
  }
}
