import { directory } from '@ringdown/contracts';
import {
  type HttpPart,
  openModule,
  type RunningService,
  registerService,
  type ServiceContext,
} from '@ringdown/platform';
import { createRestPart } from './adapters/rest/rest-part.js';
import { DirectoryModule } from './directory.module.js';
import { DirectoryRuntime } from './directory-runtime.js';
import type { DirectoryStore } from './ports/directory-store.js';

/** directory as a service of a process. */
export interface RunningDirectory extends RunningService {
  /** The implementation itself, for callers in the same process. */
  readonly service: directory.DirectoryService;
  /** /v1 and /docs, to be given to the process's HTTP server. */
  readonly http: HttpPart;
  /** For use cases that the starter runs, such as `seedDemo`. */
  readonly store: DirectoryStore;
}

export interface DirectoryOptions {
  /** The bearer key of the REST API: the setting, or what the starter generated. */
  readonly adminToken: string;
}

/**
 * Brings the directory's schema up to date and starts one replica on the context's Postgres and bus; where the process serves
 * gRPC, the directory is served there. Throws ServiceError `unavailable` if Postgres can't be reached.
 */
export async function createDirectory(context: ServiceContext, options: DirectoryOptions): Promise<RunningDirectory> {
  const app = await openModule(context, DirectoryModule.register());
  const runtime = app.get(DirectoryRuntime);
  const removeCheck = context.health.add(`${context.name}/postgres`, () => runtime.ready());
  if (context.grpc !== undefined) {
    registerService(context.grpc, directory.DirectoryDefinition, runtime.service, {
      tracing: context.tracing,
      logger: context.logger,
    });
  }
  return {
    name: context.name,
    service: runtime.service,
    store: runtime.store,
    http: createRestPart({
      store: runtime.store,
      adminToken: options.adminToken,
      logger: context.logger,
      observer: runtime.metrics,
    }),
    drain: () => runtime.drain(),
    async stop() {
      removeCheck();
      await runtime.stop();
      await app.close();
    },
  };
}
