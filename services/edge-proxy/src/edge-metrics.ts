import { Gauge, type Registry } from 'prom-client';
import type { EdgeRuntime } from './edge-runtime.js';
import { registerLeaseMetrics } from './lease-metrics.js';
import { registerMediaMetrics } from './media-metrics.js';

/** Registers a gauge that is read at each scrape, with one label. */
export type LabelledGauge = (
  name: string,
  help: string,
  label: string,
  values: () => Iterable<readonly [string, number]>,
) => void;

/**
 * The edge's metrics. They are read from plain numbers at each scrape: the path of a message counts nothing for them and makes no labels.
 */
export function registerEdgeMetrics(
  registry: Registry,
  edge: Pick<
    EdgeRuntime,
    'stack' | 'listeners' | 'cached' | 'misplaced' | 'registrations' | 'media' | 'mediaCounters' | 'lease' | 'leaving'
  >,
): void {
  const { stack } = edge;
  const labelled: LabelledGauge = (name, help, label, values) => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers: [],
        collect() {
          this.reset();
          for (const [value, count] of values()) this.set({ [label]: value }, count);
        },
      }),
    );
  };
  labelled('ringdown_edge_messages', 'Messages that came in since the start, by kind', 'kind', () => [
    ['request', stack.counters.requests],
    ['response', stack.counters.responses],
    ['rejected', stack.counters.rejected],
    ['misdirected', stack.counters.misdirected],
  ]);
  labelled(
    'ringdown_edge_malformed',
    'Messages that could not be read since the start, by what was wrong',
    'code',
    () => stack.counters.malformed,
  );
  labelled('ringdown_edge_failures', 'What went wrong in sending and handling since the start', 'kind', () => [
    ['send', stack.counters.sendFailures],
    ['bug', stack.counters.bugs],
  ]);
  labelled(
    'ringdown_edge_misplaced',
    'Messages since the start that a balancer brought to another edge than they were for, by what became of them',
    'kind',
    () => Object.entries(edge.misplaced),
  );
  registerLeaseMetrics(labelled, edge.lease);
  labelled('ringdown_edge_drain', 'How far the edge is with leaving: 1 for the stage that it is in', 'stage', () =>
    edge.leaving === undefined ? [] : [[edge.leaving.stage, 1]],
  );
  labelled('ringdown_edge_transactions', 'Transactions now, by kind', 'kind', () => Object.entries(stack.size));
  registerMediaMetrics(labelled, edge);
  labelled('ringdown_edge_cached', 'Entries that the caches hold now', 'cache', () => Object.entries(edge.cached));
  labelled(
    'ringdown_edge_registrations_deferred',
    'REGISTERs that were told to come later since the start, by what was busy: the tenant’s rate, or the whole edge',
    'busy',
    () => Object.entries(edge.registrations.refused),
  );
  labelled('ringdown_edge_registrations', 'REGISTERs now, by what they wait for', 'waiting', () => [
    ['registrar', edge.registrations.underWay],
  ]);
  registry.registerMetric(
    new Gauge({
      name: 'ringdown_udp_port_info',
      help: 'Which UDP socket runs: batched (the add-on) or dgram; always 1',
      labelNames: ['kind'],
      registers: [],
      collect() {
        this.reset();
        for (const { port } of edge.listeners.datagrams) this.set({ kind: port.kind }, 1);
      },
    }),
  );
  labelled('ringdown_udp_datagrams', 'Datagrams since the start, by what became of them', 'kind', () =>
    summed(edge.listeners.datagrams.map(({ port }) => port.counters)),
  );
  labelled(
    'ringdown_udp_batches',
    'What the batched UDP socket did since the start: wake-ups, those after gathering, system calls',
    'kind',
    () => summed(edge.listeners.datagrams.map(({ port }) => port.batches ?? {})),
  );
  registry.registerMetric(
    new Gauge({
      name: 'ringdown_edge_connections',
      help: 'Connections by transport: open now, and accepted, opened and refused since the start',
      labelNames: ['transport', 'state'],
      registers: [],
      collect() {
        this.reset();
        for (const { transport, port } of edge.listeners.streams) {
          const states = { open: port.size, ...port.counters };
          for (const [state, count] of Object.entries(states))
            this.inc({ transport: transport.toLowerCase(), state }, count);
        }
      },
    }),
  );
}

/** The counters of several sockets as one. */
function summed(counters: readonly object[]): readonly (readonly [kind: string, count: number])[] {
  const sums = new Map<string, number>();
  for (const each of counters) {
    for (const [kind, count] of Object.entries(each) as [string, number][])
      sums.set(kind, (sums.get(kind) ?? 0) + count);
  }
  return [...sums];
}
