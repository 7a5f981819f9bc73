import { Counter, Gauge, type Registry } from 'prom-client';
import type { EdgeRuntime } from './edge-runtime.js';

/** Registers what is known of call events on their way to the stream; read at each scrape. */
export function registerCallEventMetrics(
  registry: Registry,
  { unstoredEvents }: Pick<EdgeRuntime, 'unstoredEvents'>,
): void {
  const gauge = (name: string, help: string, value: () => number): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(value());
        },
      }),
    );
  };
  gauge(
    'ringdown_edge_call_events_unstored',
    'Events of calls that the stream has not acknowledged',
    () => unstoredEvents.events,
  );
  gauge('ringdown_edge_call_events_unstored_bytes', 'What they take in memory', () => unstoredEvents.bytes);
  registry.registerMetric(
    new Counter({
      name: 'ringdown_edge_call_events_dropped_total',
      help: 'Events of calls that were dropped since the start, because the stream was away for too long',
      registers: [],
      collect() {
        this.reset();
        this.inc(unstoredEvents.dropped);
      },
    }),
  );
}
