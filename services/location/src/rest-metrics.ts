import type { RestApi } from '@ringdown/platform/rest';
import { Histogram, type Registry } from 'prom-client';

const latencyBucketsSec = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Counts location's answers to operators, on its registry. */
export function restMetrics(registry: Registry): Pick<RestApi, 'restRequest'> {
  const requests = new Histogram({
    name: 'ringdown_location_rest_request_seconds',
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
