import { type CallContext, directory } from '@ringdown/contracts';
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

  async byDomain(domain: string, traceparent?: string): Promise<RedirectTenant | undefined> {
    return redirectTenant((await this.#service.resolveDomain({ domain }, this.#call(traceparent))).tenant);
  }

  async byId(tenantId: string, traceparent?: string): Promise<RedirectTenant | undefined> {
    return redirectTenant((await this.#service.getTenant({ tenantId }, this.#call(traceparent))).tenant);
  }

  async routes(tenantId: TenantId, traceparent?: string): Promise<readonly directory.Route[]> {
    return (await this.#service.listRoutes({ tenantId }, this.#call(traceparent))).routes;
  }

  async hasSubscriber(tenantId: TenantId, username: string, traceparent?: string): Promise<boolean> {
    const answer = await this.#service.getSubscriber({ tenantId, username }, this.#call(traceparent));
    return answer.subscriber?.enabled === true;
  }

  #call(traceparent: string | undefined): CallContext {
    return { timeoutMs: this.#timeoutMs, traceparent };
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
