import { Controller, HttpCode, Inject, Res } from '@nestjs/common';
import {
  answerPut,
  found,
  Handles,
  Input,
  type InputOf,
  nothing,
  type Operation,
  pageQuery,
  pageRequest,
  pageView,
  putResponses,
  valueOf,
} from '@ringdown/platform/rest';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Webhook } from '../../domain/webhook.js';
import { putWebhook, type Webhooks } from '../../use-cases/webhooks.js';
import { WEBHOOKS } from './injection.js';
import { tenantId } from './record-schemas.js';
import { webhookName, webhookPage, webhookRequest, webhookView } from './webhook-schemas.js';

const tag = 'Webhooks';
const path = '/v1/tenants/{tenantId}/webhooks/{name}';
const params = z.object({ tenantId, name: webhookName });

const list = {
  id: 'listWebhooks',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/webhooks',
  summary: "List a tenant's webhooks",
  params: z.object({ tenantId }),
  query: pageQuery,
  responses: { 200: { description: 'A page of webhooks.', schema: webhookPage } },
} as const satisfies Operation;

const get = {
  id: 'getWebhook',
  tag,
  method: 'GET',
  path,
  summary: 'Read a webhook and how it goes with it',
  params,
  query: nothing,
  responses: { 200: { description: 'The webhook, without its secret.', schema: webhookView } },
} as const satisfies Operation;

const put = {
  id: 'putWebhook',
  tag,
  method: 'PUT',
  path,
  summary: 'Create or replace a webhook',
  description:
    'From then on the records of calls that have ended are posted there, each at least once, signed by Standard Webhooks. A tenant has at most 5: 409.',
  params,
  query: nothing,
  body: webhookRequest,
  responses: putResponses(webhookView),
} as const satisfies Operation;

const remove = {
  id: 'deleteWebhook',
  tag,
  method: 'DELETE',
  path,
  summary: 'Remove a webhook and what was not delivered',
  params,
  query: nothing,
  responses: { 204: { description: 'It is gone.' } },
} as const satisfies Operation;

@Controller()
export class WebhooksController {
  static readonly operations: readonly Operation[] = [list, get, put, remove];
  readonly #webhooks: Webhooks;

  constructor(@Inject(WEBHOOKS) webhooks: Webhooks) {
    this.#webhooks = webhooks;
  }

  @Handles(list)
  async list(@Input(list) { params, query }: InputOf<typeof list>) {
    const { items, next } = await this.#webhooks.store.page(params.tenantId, pageRequest(query));
    return pageView({ items: items.map(view), next });
  }

  @Handles(get)
  async get(@Input(get) { params }: InputOf<typeof get>) {
    const webhook = await this.#webhooks.store.webhook(params.tenantId, params.name);
    return view(found(webhook, `webhook ${params.name} of tenant ${params.tenantId}`));
  }

  @Handles(put)
  async put(@Input(put) { params, body }: InputOf<typeof put>, @Res({ passthrough: true }) reply: FastifyReply) {
    const outcome = await putWebhook(this.#webhooks, params.tenantId, params.name, body);
    return view(answerPut(reply, `/v1/tenants/${params.tenantId}/webhooks/${params.name}`, outcome));
  }

  @Handles(remove)
  @HttpCode(204)
  async remove(@Input(remove) { params }: InputOf<typeof remove>): Promise<void> {
    valueOf(await this.#webhooks.store.remove(params.tenantId, params.name));
  }
}

/** With null where a fact is missing, so that every field is always there. */
function view({ failingSince, nextAttemptAt, lastDeliveredAt, lastFailure, ...webhook }: Webhook) {
  return {
    ...webhook,
    failingSince: failingSince ?? null,
    nextAttemptAt: nextAttemptAt ?? null,
    lastDeliveredAt: lastDeliveredAt ?? null,
    lastFailure: lastFailure ?? null,
  };
}
