import { ServiceError } from '@ringdown/platform';
import { NO_LIMITS } from '../domain/tenant-limits.js';
import type { ConferenceTenant } from '../ports/room-directory.js';
import type { Tenants } from '../ports/tenants.js';

/** A directory with the tenant acme (acme.example, alias.example) and its subscriber alice. */
export class FakeTenants implements Tenants {
  readonly tenants = new Map<string, ConferenceTenant>([
    ['acme', { canonicalDomain: 'acme.example', limits: NO_LIMITS }],
  ]);
  readonly subscribers = new Set(['acme/alice']);
  readonly domains = new Map([
    ['acme.example', 'acme.example'],
    ['alias.example', 'acme.example'],
  ]);
  isAway = false;

  async tenant(tenantId: string): Promise<ConferenceTenant | undefined> {
    return this.#answer(this.tenants.get(tenantId));
  }

  async hasSubscriber(tenantId: string, username: string): Promise<boolean> {
    return this.#answer(this.subscribers.has(`${tenantId}/${username}`));
  }

  async canonicalDomain(domain: string): Promise<string | undefined> {
    return this.#answer(this.domains.get(domain));
  }

  #answer<T>(value: T): T {
    if (this.isAway) throw new ServiceError('unavailable', 'The directory is not available');
    return value;
  }
}
