import { Module } from '@nestjs/common';
import type { location } from '@ringdown/contracts';
import type { Operation, RestApi } from '@ringdown/platform/rest';
import { BindingsController } from './bindings.controller.js';
import { LOCATION_SERVICE } from './injection.js';

const controllers = [BindingsController];

/** Every operation of location. */
export const operations: readonly Operation[] = controllers.flatMap((controller) => controller.operations);

export interface RestApiOptions {
  readonly service: Pick<location.LocationService, 'list' | 'lookup'>;
  readonly observer: Pick<RestApi, 'restRequest'>;
}

@Module({})
class LocationRestModule {}

/** What location adds to the REST API of its process. */
export function createRestApi({ service, observer }: RestApiOptions): RestApi {
  return {
    title: 'Ringdown location',
    description: 'Which phones are registered.',
    operations,
    module: {
      module: LocationRestModule,
      controllers,
      providers: [{ provide: LOCATION_SERVICE, useValue: service }],
    },
    restRequest: (operation, statusCode, durationMs) => observer.restRequest(operation, statusCode, durationMs),
  };
}
