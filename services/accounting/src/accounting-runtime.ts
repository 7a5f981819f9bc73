import { type Bus, type Logger, migrate, OutageLog, Postgres, retryAtStart, type Tracing } from '@ringdown/platform';
import type { Registry } from 'prom-client';

/** Where accounting's migrations are, beside `src` and `dist`. */
export const migrationsDir = new URL('../migrations', import.meta.url);

export interface AccountingRuntimeOptions {
  readonly postgresUrl: string;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: Registry;
  readonly records: RecordLimits;
}

/** How long records are kept, and calls without an end waited for. */
export interface RecordLimits {
  readonly retentionDays: number;
  readonly maxCallSec: number;
  readonly maxSetupSec: number;
}

/** One replica of accounting: its connections and its loops. */
export class AccountingRuntime {
  readonly postgres: Postgres;

  /** Brings the schema up to date and starts. Throws ServiceError `unavailable` if Postgres doesn't come up in time. */
  static async open(options: AccountingRuntimeOptions): Promise<AccountingRuntime> {
    const { postgresUrl: url, logger } = options;
    const outages = new OutageLog(logger);
    await retryAtStart(() => migrate({ url, schema: 'accounting', dir: migrationsDir, logger }), {
      failed: (error) => void outages.failed('postgres', 'Postgres cannot be reached: waiting for it', { error }),
    });
    outages.healed('postgres', 'Postgres can be reached');
    return new AccountingRuntime(options);
  }

  private constructor({ postgresUrl: url, logger }: AccountingRuntimeOptions) {
    this.postgres = new Postgres({ url, service: 'accounting', schema: 'accounting', logger });
  }

  ready(): Promise<void> {
    return this.postgres.ready();
  }

  async stop(): Promise<void> {
    await this.postgres.close();
  }
}
