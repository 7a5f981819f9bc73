import type { directory } from '@ringdown/contracts';
import { type CallObserver, observedCalls } from '@ringdown/platform';

/** The service with every question told to `observe`. A watch has no end of its own and isn't told. */
export function observedService(
  service: directory.DirectoryService,
  observe: CallObserver,
): directory.DirectoryService {
  const observed = observedCalls(observe);
  return {
    resolveDomain: observed('ResolveDomain', (request, context) => service.resolveDomain(request, context)),
    getTenant: observed('GetTenant', (request, context) => service.getTenant(request, context)),
    getSubscriber: observed('GetSubscriber', (request, context) => service.getSubscriber(request, context)),
    listRoutes: observed('ListRoutes', (request, context) => service.listRoutes(request, context)),
    resolveNumber: observed('ResolveNumber', (request, context) => service.resolveNumber(request, context)),
    watch: (request, context) => service.watch(request, context),
  };
}
