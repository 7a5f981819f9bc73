import { type DynamicModule, Module } from '@nestjs/common';
import type { HttpPart, Logger } from '@ringdown/platform';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { requireBearerKey } from './bearer-key.js';
import { DocumentationController } from './documentation.controller.js';
import { DomainsController } from './domains.controller.js';
import { ImportController } from './import.controller.js';
import { DIRECTORY_STORE, OPENAPI_DOCUMENT } from './injection.js';
import { NumbersController } from './numbers.controller.js';
import { openApiDocument } from './openapi-document.js';
import type { Operation } from './operation.js';
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
}

@Module({})
class DirectoryRestModule {}

/** The directory's share of the process's HTTP server: /v1, /docs, and problem+json for every error. */
export function createRestPart({ store, adminToken, logger }: RestPartOptions): HttpPart {
  const module: DynamicModule = {
    module: DirectoryRestModule,
    controllers,
    providers: [
      { provide: DIRECTORY_STORE, useValue: store },
      { provide: OPENAPI_DOCUMENT, useValue: openApiDocument(operations) },
    ],
  };
  return {
    module,
    configure(app) {
      const openPaths = new Set(operations.filter(({ open }) => open === true).map(({ path }) => path));
      const server = app.getHttpAdapter().getInstance();
      server.addHook('onRequest', requireBearerKey(adminToken, openPaths));
      // The import reads the body itself, at its own pace.
      server.addContentTypeParser('text/csv', (_request, _body, done) => done(null));
      app.useGlobalFilters(new ProblemFilter(logger, allowedMethods));
    },
  };
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
