import { openModule, type RunningService, type ServiceContext } from '@ringdown/platform';
import { AccountingModule } from './accounting.module.js';
import { AccountingRuntime } from './accounting-runtime.js';

/**
 * Brings accounting's schema up to date and starts one replica on the context's Postgres and bus. Throws ServiceError `unavailable` if Postgres
 * can't be reached.
 */
export async function createAccounting(context: ServiceContext): Promise<RunningService> {
  const app = await openModule(context, AccountingModule.register());
  const runtime = app.get(AccountingRuntime);
  const removeCheck = context.health.add(`${context.name}/postgres`, () => runtime.ready());
  return {
    name: context.name,
    // Events in the memory of a process end with it.
    drain: (timeoutMs) => (context.settings.natsUrl === undefined ? runtime.drain(timeoutMs) : Promise.resolve()),
    async stop() {
      removeCheck();
      await runtime.stop();
      await app.close();
    },
  };
}
