import { type DynamicModule, Module } from '@nestjs/common';
import { SERVICE_CONTEXT, type ServiceContext, ServiceError } from '@ringdown/platform';
import { defaultTimes, LocationRuntime } from './location-runtime.js';

/** Wires location into a process: one replica on the process's Postgres and bus. */
@Module({})
export class LocationModule {
  static register(): DynamicModule {
    return {
      module: LocationModule,
      providers: [{ provide: LocationRuntime, useFactory: openRuntime, inject: [SERVICE_CONTEXT] }],
      exports: [LocationRuntime],
    };
  }
}

async function openRuntime(context: ServiceContext): Promise<LocationRuntime> {
  const { settings, postgresUrl, logger, tracing, bus, metrics } = context;
  if (postgresUrl === undefined) {
    throw new ServiceError('invalid', 'location needs Postgres: set RINGDOWN_POSTGRES_URL');
  }
  const lease = { ...defaultTimes.lease, graceMs: settings.leaseGraceSec * 1000 };
  const { metricsTenants } = settings;
  return LocationRuntime.open({ postgresUrl, logger, tracing, bus, metrics, metricsTenants, times: { lease } });
}
