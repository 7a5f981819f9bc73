import { Controller, HttpCode, Inject, Res } from '@nestjs/common';
import {
  answerPut,
  emptyRequest,
  found,
  Handles,
  Input,
  type InputOf,
  nothing,
  type Operation,
  pageOf,
  pageQuery,
  pageRequest,
  pageView,
  putResponses,
  valueOf,
} from '@ringdown/platform/rest';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { DirectoryStore, TenantDomain } from '../../ports/directory-store.js';
import { deleteDomain, putDomain } from '../../use-cases/domains.js';
import { DIRECTORY_STORE } from './injection.js';
import { domainName, domainView, tenantId } from './schemas.js';

const tag = 'Domains';
const path = '/v1/tenants/{tenantId}/domains/{domain}';
const params = z.object({ tenantId, domain: domainName });

const list = {
  id: 'listDomains',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/domains',
  summary: "List a tenant's domains",
  params: z.object({ tenantId }),
  query: pageQuery,
  responses: { 200: { description: 'A page of domains.', schema: pageOf(domainView, 'DomainPage') } },
} as const satisfies Operation;

const get = {
  id: 'getDomain',
  tag,
  method: 'GET',
  path,
  summary: 'Read a domain',
  params,
  query: nothing,
  responses: { 200: { description: 'The domain.', schema: domainView } },
} as const satisfies Operation;

const put = {
  id: 'putDomain',
  tag,
  method: 'PUT',
  path,
  summary: 'Make a domain an alias of the canonical one',
  description: 'A domain belongs to one tenant: 409 where it is another one’s.',
  params,
  query: nothing,
  body: emptyRequest,
  bodyOptional: true,
  responses: putResponses(domainView),
} as const satisfies Operation;

const remove = {
  id: 'deleteDomain',
  tag,
  method: 'DELETE',
  path,
  summary: 'Take an alias away',
  params,
  query: nothing,
  responses: { 204: { description: 'It is gone.' } },
} as const satisfies Operation;

@Controller()
export class DomainsController {
  static readonly operations: readonly Operation[] = [list, get, put, remove];
  readonly #store: DirectoryStore;

  constructor(@Inject(DIRECTORY_STORE) store: DirectoryStore) {
    this.#store = store;
  }

  @Handles(list)
  async list(@Input(list) { params, query }: InputOf<typeof list>) {
    found((await this.#store.tenant(params.tenantId)).value, `tenant ${params.tenantId}`);
    return pageView(await this.#store.domains(params.tenantId, pageRequest(query)));
  }

  @Handles(get)
  async get(@Input(get) { params }: InputOf<typeof get>): Promise<TenantDomain> {
    const { value } = await this.#store.domain(params.domain);
    const own = value?.domain.tenantId === params.tenantId ? value.domain : undefined;
    return found(own, `domain ${params.domain} of tenant ${params.tenantId}`);
  }

  @Handles(put)
  async put(
    @Input(put) { params }: InputOf<typeof put>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TenantDomain> {
    const outcome = await putDomain(this.#store, params.tenantId, params.domain);
    return answerPut(reply, `/v1/tenants/${params.tenantId}/domains/${encodeURIComponent(params.domain)}`, outcome);
  }

  @Handles(remove)
  @HttpCode(204)
  async remove(@Input(remove) { params }: InputOf<typeof remove>): Promise<void> {
    valueOf(await deleteDomain(this.#store, params.tenantId, params.domain));
  }
}
