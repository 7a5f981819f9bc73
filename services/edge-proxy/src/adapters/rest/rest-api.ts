import { Module } from '@nestjs/common';
import type { Operation, RestApi } from '@ringdown/platform/rest';
import type { Rehearsal } from '../rehearsal/rehearsal.js';
import { ExplainController } from './explain.controller.js';
import { REHEARSAL } from './injection.js';

const controllers = [ExplainController];

/** Every operation of an edge. */
export const operations: readonly Operation[] = controllers.flatMap((controller) => controller.operations);

export interface RestApiOptions {
  readonly rehearsal: Pick<Rehearsal, 'run'>;
  readonly observer: Pick<RestApi, 'restRequest'>;
}

@Module({})
class EdgeRestModule {}

/** What an edge adds to the REST API of its process. */
export function createRestApi({ rehearsal, observer }: RestApiOptions): RestApi {
  return {
    title: 'Ringdown edge',
    description: 'Why calls go where they go.',
    operations,
    module: {
      module: EdgeRestModule,
      controllers,
      providers: [{ provide: REHEARSAL, useValue: rehearsal }],
    },
    restRequest: (operation, statusCode, durationMs) => observer.restRequest(operation, statusCode, durationMs),
  };
}
