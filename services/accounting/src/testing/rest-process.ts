import { Health, HttpServer, type Postgres, silentLogger } from '@ringdown/platform';
import { restPart } from '@ringdown/platform/rest';
import { ADMIN_TOKEN } from '@ringdown/testkit';
import { PostgresRecordReader } from '../adapters/postgres/postgres-record-reader.js';
import { PostgresWebhookStore } from '../adapters/postgres/postgres-webhook-store.js';
import { createRestApi } from '../adapters/rest/rest-api.js';
import type { RecordReader } from '../ports/record-reader.js';

/** Accounting's REST API on a port of its own, without the rest of it. */
export interface RestProcess {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRestProcess(
  postgres: Postgres,
  { reader = new PostgresRecordReader(postgres) }: { readonly reader?: RecordReader } = {},
): Promise<RestProcess> {
  const logger = silentLogger();
  const api = createRestApi({
    reader,
    webhooks: { store: new PostgresWebhookStore(postgres), targets: 'public' },
    observer: { restRequest: () => undefined },
  });
  const server = await HttpServer.create({
    logger,
    health: new Health(),
    registries: () => [],
    parts: [restPart([api], { adminToken: ADMIN_TOKEN, logger })],
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url: `http://127.0.0.1:${port}`, stop: () => server.stop() };
}
