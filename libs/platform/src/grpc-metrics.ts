import type { Registry } from 'prom-client';
import { PlainHistogram, readHistogram } from './plain-histogram.js';
import { ServiceError } from './service-error.js';

/** Which end of the calls is measured. */
export type GrpcSide = 'client' | 'server';

/** Told of each call that has ended; `traceparent` where it was traced. */
export type GrpcMeter = (method: string, error: unknown, startedMs: number, traceparent: string | undefined) => void;

const helps: Readonly<Record<GrpcSide, string>> = {
  client: 'Time of unary calls to other services with their retries, by method and ok or the code of the error',
  server: 'Time of unary calls of other services, by method and ok or the code of the error',
};

const meters = new WeakMap<Registry, Map<GrpcSide, GrpcMeter>>();

/** The meter of one side of a service's gRPC calls, the same for all of its clients or servers. `startedMs` is of `performance.now()`. */
export function grpcMeter(registry: Registry, side: GrpcSide): GrpcMeter {
  const ofRegistry = meters.get(registry) ?? new Map<GrpcSide, GrpcMeter>();
  meters.set(registry, ofRegistry);
  const known = ofRegistry.get(side);
  if (known !== undefined) return known;
  const histograms = new Map<string, Map<string, PlainHistogram>>();
  readHistogram(registry, {
    name: `ringdown_grpc_${side}_seconds`,
    help: helps[side],
    *read() {
      for (const [method, byStatus] of histograms)
        for (const [status, histogram] of byStatus) yield [{ method, status }, histogram];
    },
  });
  const meter: GrpcMeter = (method, error, startedMs, traceparent) => {
    let byStatus = histograms.get(method);
    if (byStatus === undefined) histograms.set(method, (byStatus = new Map()));
    const status = error === undefined ? 'ok' : error instanceof ServiceError ? error.code : 'internal';
    let histogram = byStatus.get(status);
    if (histogram === undefined) byStatus.set(status, (histogram = new PlainHistogram()));
    histogram.observe((performance.now() - startedMs) / 1_000, traceIdOf(traceparent));
  };
  ofRegistry.set(side, meter);
  return meter;
}

/** The trace id of a W3C traceparent; undefined where there is none, which means that nothing is recorded. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent === undefined ? undefined : traceparent.slice(3, 35);
}
