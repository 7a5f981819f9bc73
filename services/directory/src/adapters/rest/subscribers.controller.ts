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
import type { Subscriber } from '../../domain/subscriber.js';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { deleteSubscriber, putSubscriber } from '../../use-cases/subscribers.js';
import { DIRECTORY_STORE } from './injection.js';
import { subscriberRequest, subscriberView, tenantId, username } from './schemas.js';

const tag = 'Subscribers';
const path = '/v1/tenants/{tenantId}/subscribers/{username}';
const params = z.object({ tenantId, username });

const list = {
  id: 'listSubscribers',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/subscribers',
  summary: "List a tenant's subscribers",
  params: z.object({ tenantId }),
  query: pageQuery,
  responses: { 200: { description: 'A page of subscribers.', schema: pageOf(subscriberView, 'SubscriberPage') } },
} as const satisfies Operation;

const get = {
  id: 'getSubscriber',
  tag,
  method: 'GET',
  path,
  summary: 'Read a subscriber',
  params,
  query: nothing,
  responses: { 200: { description: 'The subscriber, without its password.', schema: subscriberView } },
} as const satisfies Operation;

const put = {
  id: 'putSubscriber',
  tag,
  method: 'PUT',
  path,
  summary: 'Create or replace a subscriber',
  params,
  query: nothing,
  body: subscriberRequest,
  responses: putResponses(subscriberView),
} as const satisfies Operation;

const remove = {
  id: 'deleteSubscriber',
  tag,
  method: 'DELETE',
  path,
  summary: 'Remove a subscriber',
  description: '409 while numbers lead to it.',
  params,
  query: nothing,
  responses: { 204: { description: 'It is gone.' } },
} as const satisfies Operation;

@Controller()
export class SubscribersController {
  static readonly operations: readonly Operation[] = [list, get, put, remove];
  readonly #store: DirectoryStore;

  constructor(@Inject(DIRECTORY_STORE) store: DirectoryStore) {
    this.#store = store;
  }

  @Handles(list)
  async list(@Input(list) { params, query }: InputOf<typeof list>) {
    found((await this.#store.tenant(params.tenantId)).value, `tenant ${params.tenantId}`);
    return pageView(await this.#store.subscribers(params.tenantId, pageRequest(query)));
  }

  @Handles(get)
  async get(@Input(get) { params }: InputOf<typeof get>): Promise<Subscriber> {
    const { value } = await this.#store.subscriber(params.tenantId, params.username);
    return found(value?.subscriber, `subscriber ${params.username} of tenant ${params.tenantId}`);
  }

  @Handles(put)
  async put(
    @Input(put) { params, body }: InputOf<typeof put>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Subscriber> {
    const { password, maxContactsPerAor, maxConcurrentCalls } = body;
    const request = { ...body, password, maxContactsPerAor, maxConcurrentCalls };
    const outcome = await putSubscriber(this.#store, params.tenantId, params.username, request);
    return answerPut(
      reply,
      `/v1/tenants/${params.tenantId}/subscribers/${encodeURIComponent(params.username)}`,
      outcome,
    );
  }

  @Handles(remove)
  @HttpCode(204)
  async remove(@Input(remove) { params }: InputOf<typeof remove>): Promise<void> {
    valueOf(await deleteSubscriber(this.#store, params.tenantId, params.username));
  }
}
