import { type DynamicModule, Module } from '@nestjs/common';
import { SERVICE_CONTEXT, type ServiceContext, ServiceError } from '@ringdown/platform';
import { AccountingRuntime } from './accounting-runtime.js';

/** Wires accounting into a process: one replica on the process's Postgres and bus. */
@Module({})
export class AccountingModule {
  static register(): DynamicModule {
    return {
      module: AccountingModule,
      providers: [{ provide: AccountingRuntime, useFactory: openRuntime, inject: [SERVICE_CONTEXT] }],
      exports: [AccountingRuntime],
    };
  }
}

async function openRuntime(context: ServiceContext): Promise<AccountingRuntime> {
  const { postgresUrl, bus, logger, tracing, metrics, settings } = context;
  if (postgresUrl === undefined) {
    throw new ServiceError('invalid', 'accounting needs Postgres: set RINGDOWN_POSTGRES_URL');
  }
  return AccountingRuntime.open({ postgresUrl, bus, logger, tracing, metrics, records: settings.records });
}
