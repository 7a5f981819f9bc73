import { openModule, type RunningService, type ServiceContext } from '@ringdown/platform';
import type { RestApi } from '@ringdown/platform/rest';
import { AccountingModule } from './accounting.module.js';
import { AccountingRuntime } from './accounting-runtime.js';
import { PostgresRecordReader } from './adapters/postgres/postgres-record-reader.js';
import { PostgresWebhookStore } from './adapters/postgres/postgres-webhook-store.js';
import { createRestApi } from './adapters/rest/rest-api.js';
import { WebhookDelivery } from './webhook-delivery.js';

/** accounting as a service of a process. */
export interface RunningAccounting extends RunningService {
  /** To be served by the process's HTTP server, with that of others. */
  readonly rest: RestApi;
}

/**
 * Brings accounting's schema up to date and starts one replica on the context's Postgres and bus. Throws ServiceError `unavailable` if Postgres
 * can't be reached.
 */
export async function createAccounting(context: ServiceContext): Promise<RunningAccounting> {
  const app = await openModule(context, AccountingModule.register());
  const runtime = app.get(AccountingRuntime);
  const removeCheck = context.health.add(`${context.name}/postgres`, () => runtime.ready());
  const { webhookTargets: targets } = context.settings;
  const webhooks = new WebhookDelivery({
    postgresUrl: context.postgresUrl!,
    logger: context.logger,
    metrics: runtime.metrics,
    targets,
  });
  webhooks.start();
  return {
    name: context.name,
    rest: createRestApi({
      reader: new PostgresRecordReader(runtime.postgres),
      webhooks: { store: new PostgresWebhookStore(runtime.postgres), targets },
      observer: runtime.metrics,
    }),
    // Events in the memory of a process end with it.
    drain: (timeoutMs) => (context.settings.natsUrl === undefined ? runtime.drain(timeoutMs) : Promise.resolve()),
    async stop() {
      removeCheck();
      await webhooks.stop();
      await runtime.stop();
      await app.close();
    },
  };
}
