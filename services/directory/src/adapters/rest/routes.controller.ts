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
import type { Route } from '../../domain/route.js';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { deleteRoute, putRoute } from '../../use-cases/routes.js';
import { DIRECTORY_STORE } from './injection.js';
import { routeId, routeRequest, routeView, tenantId } from './schemas.js';

const tag = 'Routes';
const path = '/v1/tenants/{tenantId}/routes/{routeId}';
const params = z.object({ tenantId, routeId });

const list = {
  id: 'listRoutes',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/routes',
  summary: "List a tenant's routes",
  params: z.object({ tenantId }),
  query: pageQuery,
  responses: { 200: { description: 'A page of routes.', schema: pageOf(routeView, 'RoutePage') } },
} as const satisfies Operation;

const get = {
  id: 'getRoute',
  tag,
  method: 'GET',
  path,
  summary: 'Read a route',
  params,
  query: nothing,
  responses: { 200: { description: 'The route.', schema: routeView } },
} as const satisfies Operation;

const put = {
  id: 'putRoute',
  tag,
  method: 'PUT',
  path,
  summary: 'Create or replace a route',
  description:
    'Of the routes that match, numbers go before domains and the most specific is taken. Two routes of a tenant never match the same: 409.',
  params,
  query: nothing,
  body: routeRequest,
  responses: putResponses(routeView),
} as const satisfies Operation;

const remove = {
  id: 'deleteRoute',
  tag,
  method: 'DELETE',
  path,
  summary: 'Remove a route',
  params,
  query: nothing,
  responses: { 204: { description: 'It is gone.' } },
} as const satisfies Operation;

@Controller()
export class RoutesController {
  static readonly operations: readonly Operation[] = [list, get, put, remove];
  readonly #store: DirectoryStore;

  constructor(@Inject(DIRECTORY_STORE) store: DirectoryStore) {
    this.#store = store;
  }

  @Handles(list)
  async list(@Input(list) { params, query }: InputOf<typeof list>) {
    found((await this.#store.tenant(params.tenantId)).value, `tenant ${params.tenantId}`);
    return pageView(await this.#store.routePage(params.tenantId, pageRequest(query)));
  }

  @Handles(get)
  async get(@Input(get) { params }: InputOf<typeof get>): Promise<Route> {
    const route = await this.#store.route(params.tenantId, params.routeId);
    return found(route, `route ${params.routeId} of tenant ${params.tenantId}`);
  }

  @Handles(put)
  async put(
    @Input(put) { params, body }: InputOf<typeof put>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Route> {
    const outcome = await putRoute(this.#store, params.tenantId, params.routeId, body);
    return answerPut(reply, `/v1/tenants/${params.tenantId}/routes/${params.routeId}`, outcome);
  }

  @Handles(remove)
  @HttpCode(204)
  async remove(@Input(remove) { params }: InputOf<typeof remove>): Promise<void> {
    valueOf(await deleteRoute(this.#store, params.tenantId, params.routeId));
  }
}
