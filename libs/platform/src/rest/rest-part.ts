import { type DynamicModule, Module } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HttpPart } from '../http-server.js';
import type { Logger } from '../logger.js';
import { requireBearerKey } from './bearer-key.js';
import { DocumentationController, OPENAPI_DOCUMENT } from './documentation.controller.js';
import { openApiDocument } from './openapi-document.js';
import { type Operation, routerPath } from './operation.js';
import { ProblemFilter } from './problem-filter.js';

/** What one service adds to the REST API of its process. */
export interface RestApi {
  /** Of the document, where it stands alone. */
  readonly title: string;
  /** Sentences: what can be managed. */
  readonly description: string;
  readonly operations: readonly Operation[];
  /** The controllers that handle the operations, with what they need. */
  readonly module: DynamicModule;
  /** Told how requests went; `operation` is the operation's id, or `unknown` for what matches none of any service's. */
  restRequest(operation: string, statusCode: number, durationMs: number): void;
  /** Parsers that its operations need. They hold for the whole server. */
  configure?(server: FastifyInstance): void;
}

export interface RestPartOptions {
  /** The bearer key of everything under /v1 but the document. */
  readonly adminToken: string;
  readonly logger: Logger;
}

@Module({})
class RestModule {}

/** Every operation of these services, and those of the documentation. */
export function allOperations(apis: readonly RestApi[]): readonly Operation[] {
  return [...apis.flatMap(({ operations }) => operations), ...DocumentationController.operations];
}

/**
 * The share of services in their process's HTTP server: /v1 behind the key, /docs with one document for all of them, and problem+json
 * for every error. A process has one such part, however many services are in it.
 */
export function restPart(apis: readonly RestApi[], { adminToken, logger }: RestPartOptions): HttpPart {
  const operations = allOperations(apis);
  const title = apis.length === 1 ? apis[0]!.title : 'Ringdown';
  const description = apis.map((api) => api.description).join(' ');
  const module: DynamicModule = {
    module: RestModule,
    imports: apis.map((api) => api.module),
    controllers: [DocumentationController],
    providers: [{ provide: OPENAPI_DOCUMENT, useValue: openApiDocument(operations, { title, description }) }],
  };
  const served = servedBy(apis);
  return {
    module,
    configure(app) {
      const openPaths = new Set(operations.filter(({ open }) => open === true).map(({ path }) => path));
      const server = app.getHttpAdapter().getInstance();
      server.addHook('onRequest', ignoreEmptyBody);
      server.addHook('onResponse', async (request, reply) => {
        const found = served.get(`${request.method} ${request.routeOptions.url ?? ''}`);
        // The process's own pages are no service's.
        if (found === undefined && !request.url.startsWith('/v1')) return;
        const { api, id } = found ?? { api: apis[0], id: 'unknown' };
        api?.restRequest(id, reply.statusCode, reply.elapsedTime);
      });
      server.addHook('onRequest', requireBearerKey(adminToken, openPaths));
      for (const api of apis) api.configure?.(server);
      app.useGlobalFilters(new ProblemFilter(logger, allowedMethods(operations)));
    },
  };
}

/** Whose operation a route is, by method and the router's path. The documentation counts as the first service's. */
function servedBy(
  apis: readonly RestApi[],
): ReadonlyMap<string, { readonly api: RestApi | undefined; readonly id: string }> {
  const owned = apis.flatMap((api) => api.operations.map((operation) => ({ api, operation })));
  const documentation = DocumentationController.operations.map((operation) => ({ api: apis[0], operation }));
  return new Map(
    [...owned, ...documentation].map(({ api, operation: { method, path, id } }) => [
      `${method} ${routerPath(path)}`,
      { api, id },
    ]),
  );
}

/**
 * RFC 9110 §9.3.5: content of a DELETE means nothing. Clients that always send a Content-Type send one with a DELETE too, and an empty
 * body is no JSON to complain about.
 */
async function ignoreEmptyBody(request: FastifyRequest): Promise<void> {
  const { headers } = request.raw;
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (request.method === 'DELETE' && isEmpty) delete headers['content-type'];
}

/** What a path can be asked with; empty where there is no such path. */
function allowedMethods(operations: readonly Operation[]): (path: string) => readonly string[] {
  // A literal path goes before a parameter, as the router has it.
  const patterns = [...Map.groupBy(operations, ({ path }) => path)].map(([path, served]) => ({
    // The braces of a parameter stand for one segment; nothing else in our paths means anything to a pattern but the dot.
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    methods: served.map(({ method }) => method),
  }));
  return (path) => patterns.find(({ pattern }) => pattern.test(path))?.methods ?? [];
}
