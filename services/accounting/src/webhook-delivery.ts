import { type Logger, Postgres, ServiceError, type WebhookTargets } from '@ringdown/platform';
import type { AccountingMetrics } from './accounting-metrics.js';
import { PostgresWebhookQueue } from './adapters/postgres/postgres-webhook-queue.js';
import { webhookPoster } from './adapters/webhooks/webhook-post.js';
import { webhookSignature } from './adapters/webhooks/webhook-signature.js';
import { RepeatedWork } from './repeated-work.js';
import { WebhookDeliverer } from './use-cases/deliver-webhooks.js';

export interface WebhookDeliveryOptions {
  readonly postgresUrl: string;
  readonly logger: Logger;
  readonly metrics: AccountingMetrics;
  readonly targets: WebhookTargets;
}

/** The time from the end of a call to its message is about half of this, and what the edge and the consumer gather. */
const PAUSE_MS = 500;
const DEPTHS_PAUSE_MS = 10_000;
const DROP_PAUSE_MS = 3_600_000;
/** How long messages of a parked webhook, or of one that is tried again and again, are kept. */
const KEPT_DAYS = 7;

/** One replica's share in telling webhooks of records: its connections and its loops. */
export class WebhookDelivery {
  readonly #postgres: Postgres;
  readonly #deliverer: WebhookDeliverer;
  readonly #loops: readonly RepeatedWork[];

  /** Postgres must have the schema already. */
  constructor({ postgresUrl: url, logger, metrics, targets }: WebhookDeliveryOptions) {
    // Connections of its own, so that slow endpoints don't queue before records.
    const postgres = new Postgres({
      url,
      service: 'accounting-webhooks',
      schema: 'accounting',
      logger,
      maxConnections: 2,
    });
    const queue = new PostgresWebhookQueue(postgres);
    // An outage of Postgres is reported where it is noticed, once.
    const failed = (what: string) => (error: unknown) => {
      if (!(error instanceof ServiceError)) logger.error(what, { error });
    };
    const deliverer = new WebhookDeliverer({
      queue,
      post: webhookPoster({ targets }),
      sign: webhookSignature,
      observer: metrics,
      failed: failed('Records could not be delivered to a webhook'),
      now: () => Date.now(),
      random: () => Math.random(),
    });
    this.#postgres = postgres;
    this.#deliverer = deliverer;
    this.#loops = [
      new RepeatedWork({
        work: () => deliverer.work(),
        failed: failed('Webhooks could not be served'),
        pauseMs: PAUSE_MS,
      }),
      new RepeatedWork({
        work: async () => metrics.depths(await queue.depths()),
        failed: failed('The depths of accounting could not be measured'),
        pauseMs: DEPTHS_PAUSE_MS,
      }),
      new RepeatedWork({
        work: async () => {
          const messages = await queue.dropBefore(KEPT_DAYS);
          if (messages > 0)
            logger.warn('Messages to webhooks were dropped: nobody took them', {
              messages,
              keptDays: KEPT_DAYS,
            });
        },
        failed: failed('Old messages to webhooks could not be dropped'),
        pauseMs: DROP_PAUSE_MS,
      }),
    ];
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  /** Ends after the attempts that are under way, which take ten seconds at most. */
  async stop(): Promise<void> {
    await Promise.all([...this.#loops.map((loop) => loop.stop()), this.#deliverer.stop()]);
    await this.#postgres.close();
  }
}
