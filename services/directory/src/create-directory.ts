import { directory } from '@ringdown/contracts';
import { openModule, type RunningService, registerService, type ServiceContext } from '@ringdown/platform';
import type { RestApi } from '@ringdown/platform/rest';
import { createRestApi } from './adapters/rest/rest-api.js';
import { DirectoryModule } from './directory.module.js';
import { DirectoryRuntime } from './directory-runtime.js';
import type { DirectoryStore } from './ports/directory-store.js';

/** directory as a service of a process. */
export interface RunningDirectory extends RunningService {
  /** The implementation itself, for callers in the same process. */
  readonly service: directory.DirectoryService;
  /** To be served by the process's HTTP server, with that of others. */
  readonly rest: RestApi;
  /** For use cases that the starter runs, such as `seedDemo`. */
  readonly store: DirectoryStore;
}

/**
 * Brings the directory's schema up to date and starts one replica on the context's Postgres and bus; where the process serves
 * gRPC, the directory is served there. Throws ServiceError `unavailable` if Postgres can't be reached.
 */
export async function createDirectory(context: ServiceContext): Promise<RunningDirectory> {
  const app = await openModule(context, DirectoryModule.register());
  const runtime = app.get(DirectoryRuntime);
  const removeCheck = context.health.add(`${context.name}/postgres`, () => runtime.ready());
  if (context.grpc !== undefined) {
    registerService(context.grpc, directory.DirectoryDefinition, runtime.service, {
      tracing: context.tracing,
      metrics: context.metrics,
      logger: context.logger,
    });
  }
  return {
    name: context.name,
    service: runtime.service,
    store: runtime.store,
    rest: createRestApi({ store: runtime.store, observer: runtime.metrics }),
    drain: () => runtime.drain(),
    async stop() {
      removeCheck();
      await runtime.stop();
      await app.close();
    },
  };
}
