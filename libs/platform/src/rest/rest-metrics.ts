import { Histogram, type Registry } from 'prom-client';
import type { RestApi } from './rest-part.js';

const latencyBucketsSec = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Measures a service's answers to operators on its registry, as `<prefix>_rest_request_seconds`. */
export function restMetrics(registry: Registry, prefix: string): Pick<RestApi, 'restRequest'> {
  const requests = new Histogram({
    name: `${prefix}_rest_request_seconds`,
    help: 'Time from a request of an operator to its answer, by operation and status code',
    labelNames: ['operation', 'status'],
    buckets: latencyBucketsSec,
    registers: [registry],
  });
  return {
    restRequest: (operation, statusCode, durationMs) =>
      requests.observe({ operation, status: String(statusCode) }, durationMs / 1000),
  };
}
