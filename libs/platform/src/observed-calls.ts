import { ServiceError } from './service-error.js';

/** Told how each question went: `status` is ok, or the code of the error. */
export type CallObserver = (operation: string, status: string, durationMs: number) => void;

/** Makes of a unary method one that tells `observe` how it went. */
export function observedCalls(observe: CallObserver) {
  return <Request, Context, Response>(
    operation: string,
    ask: (request: Request, context?: Context) => Promise<Response>,
  ) =>
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
}
