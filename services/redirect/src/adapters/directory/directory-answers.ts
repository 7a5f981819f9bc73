import { directory } from '@ringdown/contracts';
import type { RedirectTenant, TenantId } from '../../domain/tenant.js';
import type { RedirectDirectory } from '../../ports/redirect-directory.js';

export type RedirectDirectoryService = Pick<
  directory.DirectoryService,
  'resolveDomain' | 'getTenant' | 'listRoutes' | 'getSubscriber'
>;

/** The directory's answers in the redirect server's words. */
export class DirectoryAnswers implements RedirectDirectory {
  readonly #service: RedirectDirectoryService;
  readonly #timeoutMs: number;

  constructor(service: RedirectDirectoryService, timeoutMs: number) {
    this.#service = service;
    this.#timeoutMs = timeoutMs;
  }

  async byDomain(domain: string): Promise<RedirectTenant | undefined> {
    return redirectTenant((await this.#service.resolveDomain({ domain }, { timeoutMs: this.#timeoutMs })).tenant);
  }

  async byId(tenantId: string): Promise<RedirectTenant | undefined> {
    return redirectTenant((await this.#service.getTenant({ tenantId }, { timeoutMs: this.#timeoutMs })).tenant);
  }

  async routes(tenantId: TenantId): Promise<readonly directory.Route[]> {
    return (await this.#service.listRoutes({ tenantId }, { timeoutMs: this.#timeoutMs })).routes;
  }

  async hasSubscriber(tenantId: TenantId, username: string): Promise<boolean> {
    const answer = await this.#service.getSubscriber({ tenantId, username }, { timeoutMs: this.#timeoutMs });
    return answer.subscriber?.enabled === true;
  }
}

function redirectTenant(tenant: directory.Tenant | undefined): RedirectTenant | undefined {
  if (tenant === undefined) return undefined;
  return {
    tenantId: tenant.tenantId as TenantId,
    canonicalDomain: tenant.canonicalDomain,
    enabled: tenant.enabled,
    redirectsByDefault: tenant.policies?.redirectMode === directory.RedirectMode.REDIRECT,
  };
}
