import { type Readings, readCounter, readGauge } from '@ringdown/platform';
import type { Registry } from 'prom-client';
import { registerCacheMetrics } from './cache-metrics.js';
import { registerCallMetrics } from './call-metrics.js';
import { registerCaptureMetrics } from './capture-metrics.js';
import type { EdgeRuntime } from './edge-runtime.js';
import { registerLeaseMetrics } from './lease-metrics.js';
import { registerMediaMetrics } from './media-metrics.js';
import { registerSipLinkMetrics } from './siplink-metrics.js';

/** Registers a metric that is read at each scrape, with one label. */
export type LabelledMetric = (
  name: string,
  help: string,
  label: string,
  values: () => Iterable<readonly [string, number]>,
) => void;

/** Registers gauges, and counters of what was since the start. */
export interface LabelledMetrics {
  readonly gauge: LabelledMetric;
  readonly counter: LabelledMetric;
}

export type MeasuredEdge = Pick<
  EdgeRuntime,
  | 'stack'
  | 'listeners'
  | 'cached'
  | 'lookups'
  | 'misplaced'
  | 'registrations'
  | 'media'
  | 'mediaCounters'
  | 'meters'
  | 'streams'
  | 'certificateEnds'
  | 'lease'
  | 'leaving'
  | 'capture'
>;

/**
 * The edge's metrics. They are read from plain numbers at each scrape: the path of a message counts nothing for them and makes no labels.
 */
export function registerEdgeMetrics(registry: Registry, edgeId: string, edge: MeasuredEdge): void {
  const { stack } = edge;
  const { gauge, counter } = labelledMetrics(registry);
  gauge('ringdown_edge_info', 'The name of the edge; always 1', 'edge', () => [[edgeId, 1]]);
  counter('ringdown_edge_messages_total', 'Messages that came in, by kind', 'kind', () => [
    ['request', stack.counters.requests],
    ['response', stack.counters.responses],
    ['rejected', stack.counters.rejected],
    ['misdirected', stack.counters.misdirected],
  ]);
  counter(
    'ringdown_edge_malformed_total',
    'Messages that could not be read, by what was wrong',
    'code',
    () => stack.counters.malformed,
  );
  counter('ringdown_edge_failures_total', 'What went wrong in sending and handling', 'kind', () => [
    ['send', stack.counters.sendFailures],
    ['bug', stack.counters.bugs],
  ]);
  counter(
    'ringdown_edge_misplaced_total',
    'Messages that a balancer brought to another edge than they were for, by what became of them',
    'kind',
    () => Object.entries(edge.misplaced),
  );
  registerLeaseMetrics({ gauge, counter }, edge.lease);
  registerCaptureMetrics(registry, edge.capture);
  gauge('ringdown_edge_drain', 'How far the edge is with leaving: 1 for the stage that it is in', 'stage', () =>
    edge.leaving === undefined ? [] : [[edge.leaving.stage, 1]],
  );
  gauge('ringdown_edge_transactions', 'Transactions now, by kind', 'kind', () => Object.entries(stack.size));
  registerMediaMetrics(registry, { gauge, counter }, edge);
  registerCacheMetrics(registry, edge);
  counter(
    'ringdown_edge_registrations_deferred_total',
    'REGISTERs that were told to come later, by what was busy: the tenant’s rate, or the whole edge',
    'busy',
    () => Object.entries(edge.registrations.refused),
  );
  gauge('ringdown_edge_registrations', 'REGISTERs now, by what they wait for', 'waiting', () => [
    ['registrar', edge.registrations.underWay],
  ]);
  registerCallMetrics(registry, edge.meters);
  registerSipLinkMetrics(registry, edge);
  counter(
    'ringdown_security_events_total',
    'What guards should see, by kind: wrong credentials, somebody else’s identity, a domain that has no business here',
    'kind',
    () => Object.entries(edge.meters.security.counts),
  );
  gauge(
    'ringdown_tls_certificate_not_after_seconds',
    'When a certificate of the listeners ends, in seconds since the epoch, by the first name that it has',
    'certificate',
    () => edge.certificateEnds,
  );
  gauge(
    'ringdown_udp_port_info',
    'Which UDP socket runs: batched (the add-on) or dgram; always 1',
    'kind',
    () => new Map(edge.listeners.datagrams.map(({ port }) => [port.kind, 1])),
  );
  counter('ringdown_udp_datagrams_total', 'Datagrams, by what became of them', 'kind', () =>
    summed(edge.listeners.datagrams.map(({ port }) => port.counters)),
  );
  counter(
    'ringdown_udp_batches_total',
    'What the batched UDP socket did: wake-ups, those after gathering, system calls',
    'kind',
    () => summed(edge.listeners.datagrams.map(({ port }) => port.batches ?? {})),
  );
  registerConnectionMetrics(registry, edge);
}

function labelledMetrics(registry: Registry): LabelledMetrics {
  const with1 =
    (register: typeof readGauge): LabelledMetric =>
    (name, help, label, values) =>
      register(registry, {
        name,
        help,
        *read(): Readings {
          for (const [value, count] of values()) yield [{ [label]: value }, count];
        },
      });
  return { gauge: with1(readGauge), counter: with1(readCounter) };
}

function registerConnectionMetrics(registry: Registry, { listeners }: Pick<MeasuredEdge, 'listeners'>): void {
  const byTransport = function* (counted: (port: (typeof listeners.streams)[number]['port']) => object): Readings {
    const sums = new Map<string, [Readonly<Record<string, string>>, number]>();
    for (const { transport, port } of listeners.streams) {
      for (const [event, count] of Object.entries(counted(port)) as [string, number][]) {
        const key = `${transport} ${event}`;
        const sum = sums.get(key);
        if (sum === undefined) sums.set(key, [{ transport: transport.toLowerCase(), event }, count]);
        else sum[1] += count;
      }
    }
    yield* sums.values();
  };
  readGauge(registry, {
    name: 'ringdown_edge_open_connections',
    help: 'Connections that are open now, by transport',
    *read() {
      for (const [{ transport = '' }, count] of byTransport((port) => ({ open: port.size })))
        yield [{ transport }, count];
    },
  });
  readCounter(registry, {
    name: 'ringdown_edge_connections_total',
    help: 'Connections, by transport and what became of them: accepted, opened (connected) or refused',
    read: () => byTransport((port) => port.counters),
  });
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
