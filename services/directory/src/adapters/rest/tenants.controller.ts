import { Controller, HttpCode, Inject, Res } from '@nestjs/common';
import {
  answerPut,
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
import type { Tenant } from '../../domain/tenant.js';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { deleteTenant, putTenant } from '../../use-cases/tenants.js';
import { DIRECTORY_STORE } from './injection.js';
import { tenantId, tenantRequest, tenantView } from './schemas.js';

const tag = 'Tenants';
const path = '/v1/tenants/{tenantId}';
const params = z.object({ tenantId });

const list = {
  id: 'listTenants',
  tag,
  method: 'GET',
  path: '/v1/tenants',
  summary: 'List tenants',
  params: nothing,
  query: pageQuery,
  responses: { 200: { description: 'A page of tenants.', schema: pageOf(tenantView, 'TenantPage') } },
} as const satisfies Operation;

const get = {
  id: 'getTenant',
  tag,
  method: 'GET',
  path,
  summary: 'Read a tenant',
  params,
  query: nothing,
  responses: { 200: { description: 'The tenant.', schema: tenantView } },
} as const satisfies Operation;

const put = {
  id: 'putTenant',
  tag,
  method: 'PUT',
  path,
  summary: 'Create or replace a tenant',
  description:
    'The canonical domain is claimed with the tenant. The realm and the canonical domain can never change: 409.',
  params,
  query: nothing,
  body: tenantRequest,
  responses: putResponses(tenantView),
} as const satisfies Operation;

const remove = {
  id: 'deleteTenant',
  tag,
  method: 'DELETE',
  path,
  summary: 'Remove a tenant',
  params,
  query: z.strictObject({
    cascade: z
      .enum(['true', 'false'], 'must be true or false')
      .default('false')
      .meta({ description: 'Whether its subscribers, numbers and routes go with it; otherwise it must have none.' }),
  }),
  responses: { 204: { description: 'It is gone.' } },
} as const satisfies Operation;

@Controller()
export class TenantsController {
  static readonly operations: readonly Operation[] = [list, get, put, remove];
  readonly #store: DirectoryStore;

  constructor(@Inject(DIRECTORY_STORE) store: DirectoryStore) {
    this.#store = store;
  }

  @Handles(list)
  async list(@Input(list) { query }: InputOf<typeof list>) {
    return pageView(await this.#store.tenants(pageRequest(query)));
  }

  @Handles(get)
  async get(@Input(get) { params }: InputOf<typeof get>): Promise<Tenant> {
    return found((await this.#store.tenant(params.tenantId)).value, `tenant ${params.tenantId}`);
  }

  @Handles(put)
  async put(
    @Input(put) { params, body }: InputOf<typeof put>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Tenant> {
    const outcome = await putTenant(this.#store, params.tenantId, { ...body, realm: body.realm });
    return answerPut(reply, `/v1/tenants/${params.tenantId}`, outcome);
  }

  @Handles(remove)
  @HttpCode(204)
  async remove(@Input(remove) { params, query }: InputOf<typeof remove>): Promise<void> {
    valueOf(await deleteTenant(this.#store, params.tenantId, query.cascade === 'true'));
  }
}
