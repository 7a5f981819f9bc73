import { Module } from '@nestjs/common';
import { type Operation, type RestApi } from '@ringdown/platform/rest';
import type { DirectoryStore } from '../../ports/directory-store.js';
import { DomainsController } from './domains.controller.js';
import { ImportController, type ImportObserver } from './import.controller.js';
import { DIRECTORY_STORE, IMPORT_OBSERVER } from './injection.js';
import { NumbersController } from './numbers.controller.js';
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
];

/** Every operation of the directory. */
export const operations: readonly Operation[] = controllers.flatMap((controller) => controller.operations);

export interface RestApiOptions {
  readonly store: DirectoryStore;
  readonly observer: RestObserver;
}

/** Told how requests went. */
export interface RestObserver extends ImportObserver, Pick<RestApi, 'restRequest'> {}

@Module({})
class DirectoryRestModule {}

/** What the directory adds to the REST API of its process. */
export function createRestApi({ store, observer }: RestApiOptions): RestApi {
  return {
    title: 'Ringdown directory',
    description: 'Tenants, their domains, subscribers, numbers and routes.',
    operations,
    module: {
      module: DirectoryRestModule,
      controllers,
      providers: [
        { provide: DIRECTORY_STORE, useValue: store },
        { provide: IMPORT_OBSERVER, useValue: observer },
      ],
    },
    restRequest: (operation, statusCode, durationMs) => observer.restRequest(operation, statusCode, durationMs),
    // The import reads the body itself, at its own pace.
    configure: (server) => void server.addContentTypeParser('text/csv', (_request, _body, done) => done(null)),
  };
}
