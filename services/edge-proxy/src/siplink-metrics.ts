import { type Readings, readCounter, readGauge, readHistogram } from '@ringdown/platform';
import type { SipLinkCounters } from '@ringdown/sip-transport';
import type { Registry } from 'prom-client';
import type { MeasuredEdge } from './edge-metrics.js';

/** What goes between the edge and the rest of the platform over SipLink. */
export function registerSipLinkMetrics(registry: Registry, edge: Pick<MeasuredEdge, 'meters' | 'streams'>): void {
  const { links, transactions } = edge.meters;
  const counted = function* (label: string, values: Readonly<Record<string, keyof SipLinkCounters>>): Readings {
    for (const [peer, linkClass, counters] of links.entries())
      for (const [value, key] of Object.entries(values))
        yield [{ peer, class: linkClass, [label]: value }, counters[key]];
  };
  readGauge(registry, {
    name: 'ringdown_siplink_streams',
    help: 'Streams that this edge has open now, by who is at the other end and class of traffic',
    *read() {
      for (const [peer, linkClass, open] of edge.streams()) yield [{ peer, class: linkClass }, open];
    },
  });
  readCounter(registry, {
    name: 'ringdown_siplink_messages_total',
    help: 'Messages over SipLink, by peer, class and direction',
    read: () => counted('direction', { sent: 'sent', received: 'received' }),
  });
  readCounter(registry, {
    name: 'ringdown_siplink_batches_total',
    help: 'Batches that messages were sent in, by peer and class',
    *read() {
      for (const [peer, linkClass, { batches }] of links.entries()) yield [{ peer, class: linkClass }, batches];
    },
  });
  readCounter(registry, {
    name: 'ringdown_siplink_dropped_total',
    help: 'Messages that were not sent, by peer, class and reason: full (no room in the queue) or late (waited past their deadline)',
    read: () => counted('reason', { full: 'refused', late: 'late' }),
  });
  readGauge(registry, {
    name: 'ringdown_siplink_queued',
    help: 'Messages that wait for their peer now, by peer and class',
    *read() {
      for (const [peer, linkClass, { queued }] of links.entries()) yield [{ peer, class: linkClass }, queued];
    },
  });
  readHistogram(registry, {
    name: 'ringdown_siplink_answer_seconds',
    help: 'From a request over SipLink to the first response, 100 included, by class',
    *read() {
      for (const [linkClass, histogram] of Object.entries(transactions.linkAnswerSec))
        yield [{ class: linkClass }, histogram];
    },
  });
}
