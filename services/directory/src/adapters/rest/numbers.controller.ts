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
import type { DirectoryStore, TenantNumber } from '../../ports/directory-store.js';
import { deleteNumber, putNumber } from '../../use-cases/numbers.js';
import { DIRECTORY_STORE } from './injection.js';
import { e164, numberRequest, numberView, tenantId } from './schemas.js';

const tag = 'Numbers';
const path = '/v1/tenants/{tenantId}/numbers/{e164}';
const params = z.object({ tenantId, e164 });

const list = {
  id: 'listNumbers',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/numbers',
  summary: "List a tenant's numbers",
  params: z.object({ tenantId }),
  query: pageQuery,
  responses: { 200: { description: 'A page of numbers.', schema: pageOf(numberView, 'NumberPage') } },
} as const satisfies Operation;

const get = {
  id: 'getNumber',
  tag,
  method: 'GET',
  path,
  summary: 'Read a number',
  params,
  query: nothing,
  responses: { 200: { description: 'The number.', schema: numberView } },
} as const satisfies Operation;

const put = {
  id: 'putNumber',
  tag,
  method: 'PUT',
  path,
  summary: 'Give a number to the tenant',
  description: 'A number belongs to one tenant: 409 where it is another one’s.',
  params,
  query: nothing,
  body: numberRequest,
  bodyOptional: true,
  responses: putResponses(numberView),
} as const satisfies Operation;

const remove = {
  id: 'deleteNumber',
  tag,
  method: 'DELETE',
  path,
  summary: 'Take a number away',
  params,
  query: nothing,
  responses: { 204: { description: 'It is gone.' } },
} as const satisfies Operation;

@Controller()
export class NumbersController {
  static readonly operations: readonly Operation[] = [list, get, put, remove];
  readonly #store: DirectoryStore;

  constructor(@Inject(DIRECTORY_STORE) store: DirectoryStore) {
    this.#store = store;
  }

  @Handles(list)
  async list(@Input(list) { params, query }: InputOf<typeof list>) {
    found((await this.#store.tenant(params.tenantId)).value, `tenant ${params.tenantId}`);
    return pageView(await this.#store.numbers(params.tenantId, pageRequest(query)));
  }

  @Handles(get)
  async get(@Input(get) { params }: InputOf<typeof get>): Promise<TenantNumber> {
    const { value } = await this.#store.number(params.e164);
    return found(
      value?.tenantId === params.tenantId ? value : undefined,
      `number ${params.e164} of tenant ${params.tenantId}`,
    );
  }

  @Handles(put)
  async put(
    @Input(put) { params, body }: InputOf<typeof put>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TenantNumber> {
    const outcome = await putNumber(this.#store, params.tenantId, params.e164, body.username);
    return answerPut(reply, `/v1/tenants/${params.tenantId}/numbers/${encodeURIComponent(params.e164)}`, outcome);
  }

  @Handles(remove)
  @HttpCode(204)
  async remove(@Input(remove) { params }: InputOf<typeof remove>): Promise<void> {
    valueOf(await deleteNumber(this.#store, params.tenantId, params.e164));
  }
}
