import type { directory } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';

/** Told how each question went: `status` is ok, or the code of the error. */
export type GrpcObserver = (operation: string, status: string, durationMs: number) => void;

/** The service with every question told to `observe`. A watch has no end of its own and isn't told. */
export function observedService(
  service: directory.DirectoryService,
  observe: GrpcObserver,
): directory.DirectoryService {
  const observed =
    <Request, Context, Response>(operation: string, ask: (request: Request, context?: Context) => Promise<Response>) =>
    async (request: Request, context?: Context): Promise<Response> => {
      const startedMs = performance.now();
      let status = 'ok';
      try {
        return await ask(request, context);
      } catch (error) {
        status = error instanceof ServiceError ? error.code : 'internal';
        throw error;
      } finally {
        observe(operation, status, performance.now() - startedMs);
      }
    };
  return {
    resolveDomain: observed('ResolveDomain', (request, context) => service.resolveDomain(request, context)),
    getTenant: observed('GetTenant', (request, context) => service.getTenant(request, context)),
    getSubscriber: observed('GetSubscriber', (request, context) => service.getSubscriber(request, context)),
    listRoutes: observed('ListRoutes', (request, context) => service.listRoutes(request, context)),
    resolveNumber: observed('ResolveNumber', (request, context) => service.resolveNumber(request, context)),
    watch: (request, context) => service.watch(request, context),
  };
}
