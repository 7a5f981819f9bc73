import type { CallContext, directory } from '@ringdown/contracts';
import { ServiceError, type Tracing } from '@ringdown/platform';
import type { Parsed } from '@ringdown/platform/commands';
import { parseDomainName } from '../../domain/domain-name.js';
import { parseE164 } from '../../domain/e164.js';
import { parseTenantId } from '../../domain/tenant-id.js';
import { parseUsername } from '../../domain/username.js';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { routeMessage, subscriberMessage, tenantMessage } from './messages.js';
import { type Waiter, watchChanges } from './watch-changes.js';

/** The directory as other services ask it, over gRPC or in the same process. */
export class DirectoryGrpcService implements directory.DirectoryService {
  readonly #store: DirectoryStore;
  readonly #waiter: Waiter;
  readonly #tracing: Pick<Tracing, 'startSpan'>;
  readonly #stopping: AbortSignal;

  /** `stopping` ends the watches. */
  constructor(store: DirectoryStore, waiter: Waiter, tracing: Pick<Tracing, 'startSpan'>, stopping: AbortSignal) {
    this.#stopping = stopping;
    this.#store = store;
    this.#waiter = waiter;
    this.#tracing = tracing;
  }

  async resolveDomain(
    { domain }: directory.ResolveDomainRequest,
    context?: CallContext,
  ): Promise<directory.ResolveDomainResponse> {
    const name = parseDomainName(domain);
    // What is no host name is nobody's domain: it came from a URI, not from an operator.
    if (!name.ok)
      return {
        tenant: undefined,
        domainVersion: 0,
        position: await this.#read('position', context, () => this.#store.position()),
      };
    const { value, position } = await this.#read('domain', context, () => this.#store.domain(name.value));
    return { tenant: value && tenantMessage(value.tenant), domainVersion: value?.domain.version ?? 0, position };
  }

  async getTenant(
    { tenantId }: directory.GetTenantRequest,
    context?: CallContext,
  ): Promise<directory.GetTenantResponse> {
    const id = valid('tenant_id', parseTenantId(tenantId));
    const { value, position } = await this.#read('tenant', context, () => this.#store.tenant(id));
    return { tenant: value && tenantMessage(value), position };
  }

  async getSubscriber(
    request: directory.GetSubscriberRequest,
    context?: CallContext,
  ): Promise<directory.GetSubscriberResponse> {
    const tenantId = valid('tenant_id', parseTenantId(request.tenantId));
    const username = parseUsername(request.username);
    if (!username.ok)
      return { subscriber: undefined, position: await this.#read('position', context, () => this.#store.position()) };
    const { value, position } = await this.#read('subscriber', context, () =>
      this.#store.subscriber(tenantId, username.value),
    );
    return { subscriber: value && subscriberMessage(value), position };
  }

  async listRoutes(
    { tenantId }: directory.ListRoutesRequest,
    context?: CallContext,
  ): Promise<directory.ListRoutesResponse> {
    const id = valid('tenant_id', parseTenantId(tenantId));
    const { value, position } = await this.#read('routes', context, () => this.#store.routes(id));
    return { routes: value.routes.map(routeMessage), version: value.version, position };
  }

  async resolveNumber(
    request: directory.ResolveNumberRequest,
    context?: CallContext,
  ): Promise<directory.ResolveNumberResponse> {
    const e164 = parseE164(request.e164);
    if (!e164.ok)
      return {
        tenantId: undefined,
        username: undefined,
        version: 0,
        position: await this.#read('position', context, () => this.#store.position()),
      };
    const { value, position } = await this.#read('number', context, () => this.#store.number(e164.value));
    return { tenantId: value?.tenantId, username: value?.username, version: value?.version ?? 0, position };
  }

  watch(request: directory.WatchRequest, context?: CallContext): AsyncIterable<directory.WatchResponse> {
    const tenantId = request.tenantId === '' ? undefined : valid('tenant_id', parseTenantId(request.tenantId));
    return watchChanges(this.#store, this.#waiter, {
      afterPosition: request.afterPosition,
      tenantId,
      signal: context?.signal === undefined ? this.#stopping : AbortSignal.any([context.signal, this.#stopping]),
    });
  }

  /** A statement under a span of its own, where the caller's trace is sampled. */
  async #read<T>(what: string, context: CallContext | undefined, statement: () => Promise<T>): Promise<T> {
    const span = this.#tracing.startSpan(`directory.${what} sql`, context?.traceparent, {
      kind: 'client',
      attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'directory', 'db.operation.name': what },
    });
    try {
      return await statement();
    } catch (error) {
      span.fail(error);
      throw error;
    } finally {
      span.end();
    }
  }
}

function valid<T>(field: string, result: Parsed<T>): T {
  if (result.ok) return result.value;
  throw new ServiceError('invalid', `${field} ${result.detail}`, { field });
}
