import { type DynamicModule, Module } from '@nestjs/common';
import type { HttpPart, Logger } from '@ringdown/platform';
import type { FastifyRequest } from 'fastify';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { requireBearerKey } from './bearer-key.js';
import { DocumentationController } from './documentation.controller.js';
import { DomainsController } from './domains.controller.js';
import { ImportController, type ImportObserver } from './import.controller.js';
import { DIRECTORY_STORE, IMPORT_OBSERVER, OPENAPI_DOCUMENT } from './injection.js';
import { NumbersController } from './numbers.controller.js';
import { openApiDocument } from './openapi-document.js';
import { type Operation, routerPath } from './operation.js';
import { ProblemFilter } from './problem-filter.js';
import { RoutesController } from './routes.controller.js';
import { SubscribersController } from './subscribers.controller.js';
import { TenantsController } from './tenants.controller.js';

const controllers = [
  TenantsController,
  DomainsController,
  SubscribersController,
  ImportController,
  NumbersController,
  RoutesController,
  DocumentationController,
];

/** Every operation of the API. */
export const operations: readonly Operation[] = controllers.flatMap((controller) => controller.operations);

export interface RestPartOptions {
  readonly store: DirectoryStore;
  /** The bearer key of everything under /v1 but the document. */
  readonly adminToken: string;
  readonly logger: Logger;
  readonly observer: RestObserver;
}

/** Told how requests went. */
export interface RestObserver extends ImportObserver {
  /** `operation` is the operation's id, or `unknown` for what matches none. */
  restRequest(operation: string, statusCode: number, durationMs: number): void;
}

@Module({})
class DirectoryRestModule {}

/** The directory's share of the process's HTTP server: /v1, /docs, and problem+json for every error. */
export function createRestPart({ store, adminToken, logger, observer }: RestPartOptions): HttpPart {
  const module: DynamicModule = {
    module: DirectoryRestModule,
    controllers,
    providers: [
      { provide: DIRECTORY_STORE, useValue: store },
      { provide: IMPORT_OBSERVER, useValue: observer },
      { provide: OPENAPI_DOCUMENT, useValue: openApiDocument(operations) },
    ],
  };
  return {
    module,
    configure(app) {
      const openPaths = new Set(operations.filter(({ open }) => open === true).map(({ path }) => path));
      const server = app.getHttpAdapter().getInstance();
      server.addHook('onRequest', ignoreEmptyBody);
      server.addHook('onResponse', async (request, reply) => {
        const operation = operationIds.get(`${request.method} ${request.routeOptions.url ?? ''}`);
        // The process's own pages are not the directory's.
        if (operation === undefined && !request.url.startsWith('/v1')) return;
        observer.restRequest(operation ?? 'unknown', reply.statusCode, reply.elapsedTime);
      });
      server.addHook('onRequest', requireBearerKey(adminToken, openPaths));
      // The import reads the body itself, at its own pace.
      server.addContentTypeParser('text/csv', (_request, _body, done) => done(null));
      app.useGlobalFilters(new ProblemFilter(logger, allowedMethods));
    },
  };
}

const operationIds = new Map(operations.map(({ method, path, id }) => [`${method} ${routerPath(path)}`, id]));

/**
 * RFC 9110 §9.3.5: content of a DELETE means nothing. Clients that always send a Content-Type send one with a DELETE too, and an empty
 * body is no JSON to complain about.
 */
async function ignoreEmptyBody(request: FastifyRequest): Promise<void> {
  const { headers } = request.raw;
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (request.method === 'DELETE' && isEmpty) delete headers['content-type'];
}

// A literal path goes before a parameter, as the router has it.
const patterns = [...Map.groupBy(operations, ({ path }) => path)].map(([path, served]) => ({
  // The braces of a parameter stand for one segment; nothing else in our paths means anything to a pattern but the dot.
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  methods: served.map(({ method }) => method),
}));

function allowedMethods(path: string): readonly string[] {
  return patterns.find(({ pattern }) => pattern.test(path))?.methods ?? [];
}
