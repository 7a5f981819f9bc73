import { type DynamicModule, Module } from '@nestjs/common';
import { SERVICE_CONTEXT, type ServiceContext, ServiceError } from '@ringdown/platform';
import { DirectoryRuntime } from './directory-runtime.js';

/** Wires the directory into a process: one replica on the process's Postgres and bus. */
@Module({})
export class DirectoryModule {
  static register(): DynamicModule {
    return {
      module: DirectoryModule,
      providers: [{ provide: DirectoryRuntime, useFactory: openRuntime, inject: [SERVICE_CONTEXT] }],
      exports: [DirectoryRuntime],
    };
  }
}

async function openRuntime({ postgresUrl, bus, logger, tracing, metrics }: ServiceContext): Promise<DirectoryRuntime> {
  if (postgresUrl === undefined)
    throw new ServiceError('invalid', 'directory needs Postgres: set RINGDOWN_POSTGRES_URL');
  return DirectoryRuntime.open({ postgresUrl, bus, logger, tracing, metrics });
}
