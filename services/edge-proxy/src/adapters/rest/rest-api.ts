import { Module } from '@nestjs/common';
import type { Operation, RestApi } from '@ringdown/platform/rest';
import type { Rehearsal } from '../rehearsal/rehearsal.js';
import { CallMessagesController, type CallTracing } from './call-messages.controller.js';
import { ExplainController } from './explain.controller.js';
import { CALL_TRACING, REHEARSAL } from './injection.js';

const controllers = [ExplainController, CallMessagesController];

/** Every operation of an edge. */
export const operations: readonly Operation[] = controllers.flatMap((controller) => controller.operations);

export interface RestApiOptions {
  readonly rehearsal: Pick<Rehearsal, 'run'>;
  readonly tracing: CallTracing;
  readonly observer: Pick<RestApi, 'restRequest'>;
}

@Module({})
class EdgeRestModule {}

/** What an edge adds to the REST API of its process. */
export function createRestApi({ rehearsal, tracing, observer }: RestApiOptions): RestApi {
  return {
    title: 'Ringdown edge',
    description: 'Why calls go where they go, and what edges have seen of them.',
    operations,
    module: {
      module: EdgeRestModule,
      controllers,
      providers: [
        { provide: REHEARSAL, useValue: rehearsal },
        { provide: CALL_TRACING, useValue: tracing },
      ],
    },
    restRequest: (operation, statusCode, durationMs) => observer.restRequest(operation, statusCode, durationMs),
  };
}
