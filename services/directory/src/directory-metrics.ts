import { Counter, Histogram, type Registry } from 'prom-client';

const latencyBucketsSec = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** The directory's metrics, on its own registry. */
export class DirectoryMetrics {
  readonly #grpc: Histogram<'operation' | 'status'>;
  readonly #rest: Histogram<'operation' | 'status'>;
  readonly #imported: Counter<'effect'>;
  readonly #overloads: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#grpc = new Histogram({
      name: 'ringdown_directory_grpc_request_seconds',
      help: 'Time from a question of another service to its answer, over gRPC or in the process, by operation and ok or the code of the error',
      labelNames: ['operation', 'status'],
      buckets: latencyBucketsSec,
      registers,
    });
    this.#rest = new Histogram({
      name: 'ringdown_directory_rest_request_seconds',
      help: 'Time from a request of an operator to its answer, by operation and status code',
      labelNames: ['operation', 'status'],
      buckets: latencyBucketsSec,
      registers,
    });
    this.#imported = new Counter({
      name: 'ringdown_directory_import_rows_total',
      help: 'Lines of imports that were committed, by what they did',
      labelNames: ['effect'],
      registers,
    });
    this.#overloads = new Counter({
      name: 'ringdown_directory_overloads_total',
      help: 'Requests that were refused because too many wanted Postgres at once',
      registers,
    });
  }

  /** `status` is ok, or the code of the error. */
  grpcRequest(operation: string, status: string, durationMs: number): void {
    this.#grpc.observe({ operation, status }, durationMs / 1000);
  }

  restRequest(operation: string, statusCode: number, durationMs: number): void {
    this.#rest.observe({ operation, status: String(statusCode) }, durationMs / 1000);
  }

  imported(counts: { readonly created: number; readonly updated: number; readonly unchanged: number }): void {
    this.#imported.inc({ effect: 'created' }, counts.created);
    this.#imported.inc({ effect: 'updated' }, counts.updated);
    this.#imported.inc({ effect: 'unchanged' }, counts.unchanged);
  }

  overloaded(): void {
    this.#overloads.inc();
  }
}
