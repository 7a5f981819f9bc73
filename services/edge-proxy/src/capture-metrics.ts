import { Counter, Gauge, type Registry } from 'prom-client';
import type { EdgeCapture } from './adapters/capture/edge-capture.js';

/** How much an edge remembers of what went over its flows; no metrics where it keeps no messages. */
export function registerCaptureMetrics(registry: Registry, capture: Pick<EdgeCapture, 'fill' | 'copies'>): void {
  if (capture.copies !== undefined) registerCopies(registry, capture);
  if (capture.fill === undefined) return;
  const gauge = (name: string, help: string, value: (fill: NonNullable<EdgeCapture['fill']>) => number): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          const { fill } = capture;
          if (fill !== undefined) this.set(value(fill));
        },
      }),
    );
  };
  gauge(
    'ringdown_edge_capture_reach_seconds',
    'How far back in time the messages reach that the edge keeps',
    ({ reachesBackMs }) => reachesBackMs / 1_000,
  );
  gauge(
    'ringdown_edge_kept_calls',
    'Calls whose messages the edge keeps longer than others',
    ({ keptCalls }) => keptCalls,
  );
  gauge('ringdown_edge_kept_bytes', 'Memory that the messages of kept calls take', ({ keptBytes }) => keptBytes);
}

function registerCopies(registry: Registry, capture: Pick<EdgeCapture, 'copies'>): void {
  registry.registerMetric(
    new Counter({
      name: 'ringdown_edge_hep_packets_total',
      help: 'Copies of messages for the capture server, by what became of them',
      labelNames: ['result'],
      registers: [],
      collect() {
        this.reset();
        for (const [result, count] of Object.entries(capture.copies ?? {})) this.inc({ result }, count);
      },
    }),
  );
}
