import { Counter, Histogram, type Registry } from 'prom-client';
import type { Outages } from './ports/outages.js';

/** The registrar's metrics, on its own registry. */
export class RegistrarMetrics {
  readonly #answers: Counter<'code'>;
  readonly #durations: Histogram<'class'>;
  readonly #overloads: Counter<'dependency'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#answers = new Counter({
      name: 'ringdown_registrar_answers_total',
      help: 'Final answers to REGISTER requests by status code',
      labelNames: ['code'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'ringdown_registrar_register_seconds',
      help: 'Time from a REGISTER request to its answer, by the class of the status code (2xx)',
      labelNames: ['class'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
    this.#overloads = new Counter({
      name: 'ringdown_registrar_overloads_total',
      help: 'Calls of another service that it refused because it had too much to do',
      labelNames: ['dependency'],
      registers,
    });
  }

  answered(statusCode: number, durationMs: number): void {
    this.#answers.inc({ code: String(statusCode) });
    this.#durations.observe({ class: `${Math.trunc(statusCode / 100)}xx` }, durationMs / 1000);
  }

  overloaded(dependency: Parameters<Outages['failed']>[0]): void {
    this.#overloads.inc({ dependency });
  }
}
