import { location } from '@ringdown/contracts';
import { openModule, type RunningService, registerService, type ServiceContext } from '@ringdown/platform';
import { type RestApi, restMetrics } from '@ringdown/platform/rest';
import { createRestApi } from './adapters/rest/rest-api.js';
import { LocationModule } from './location.module.js';
import { LocationRuntime } from './location-runtime.js';

/** location as a service of a process. `service` is the implementation itself, for callers in the same process. */
export type RunningLocation = RunningService & {
  readonly service: location.LocationService;
  /** What it adds to the REST API of its process. */
  readonly rest: RestApi;
};

/**
 * Brings location's schema up to date and starts one replica on the context's Postgres and bus; where the process serves gRPC,
 * location is served there. Throws ServiceError `unavailable` if Postgres can't be reached.
 */
export async function createLocation(context: ServiceContext): Promise<RunningLocation> {
  const app = await openModule(context, LocationModule.register());
  const runtime = app.get(LocationRuntime);
  const removeCheck = context.health.add(`${context.name}/postgres`, () => runtime.ready());
  if (context.grpc !== undefined) {
    registerService(context.grpc, location.LocationDefinition, runtime.service, {
      tracing: context.tracing,
      metrics: context.metrics,
      logger: context.logger,
    });
  }
  return {
    name: context.name,
    service: runtime.service,
    rest: createRestApi({ service: runtime.service, observer: restMetrics(context.metrics, 'ringdown_location') }),
    drain: () => runtime.settled(),
    async stop() {
      removeCheck();
      await runtime.stop();
      await app.close();
    },
  };
}
