import type { Registry } from 'prom-client';
import type { Bus } from './bus.js';
import type { GrpcServer } from './grpc-server.js';
import type { Health } from './health.js';
import type { Logger } from './logger.js';
import { createMetrics } from './metrics.js';
import type { Settings } from './settings.js';
import { Tracing } from './tracing.js';

/** What the services of one process share. */
export interface ProcessContext {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly health: Health;
  readonly bus: Bus;
  /** Absent in a process that serves no gRPC. */
  readonly grpc: GrpcServer | undefined;
  /** Where the tables are: the setting, or the embedded Postgres that the starter runs. */
  readonly postgresUrl: string | undefined;
}

/** What one service is built from: its own logger, tracing and metrics, and what the process shares. */
export interface ServiceContext extends ProcessContext {
  readonly name: string;
  readonly tracing: Tracing;
  readonly metrics: Registry;
}

/** The context of one service of a process. `instance` tells apart the processes of one service. */
export async function createServiceContext(
  process: ProcessContext,
  name: string,
  instance?: string,
): Promise<ServiceContext> {
  return {
    ...process,
    name,
    logger: process.logger.forService(name),
    tracing: await Tracing.open({
      service: name,
      ...(instance === undefined ? {} : { instance }),
      sampling: process.settings.traceSampling,
      key: process.settings.traceKey ?? '',
      otlpEndpoint: process.settings.otlpEndpoint,
    }),
    metrics: createMetrics(name),
  };
}
