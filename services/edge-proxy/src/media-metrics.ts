import { readSummary } from '@ringdown/platform';
import type { Registry } from 'prom-client';
import type { LabelledMetrics } from './edge-metrics.js';
import type { EdgeRuntime } from './edge-runtime.js';

/** The metrics of the relay of media. */
export function registerMediaMetrics(
  registry: Registry,
  { gauge, counter }: LabelledMetrics,
  { media, mediaCounters }: Pick<EdgeRuntime, 'media' | 'mediaCounters'>,
): void {
  counter('ringdown_media_without_relay_total', 'What went on without a relay, by what it was', 'kind', () => [
    ['call', mediaCounters.unbridged],
    ['response', mediaCounters.unchanged],
    ['refused', media?.anchor.counters.unplaced ?? 0],
  ]);
  if (media === undefined) return;
  const { nodes, anchor } = media;
  counter('ringdown_media_relayed_total', 'Copies of INVITEs whose media was relayed, by why', 'reason', () =>
    Object.entries(anchor.counters.relayed),
  );
  counter('ringdown_media_commands_total', 'Commands to rtpengines, by what became of them', 'outcome', () =>
    anchor.counters.commands.entries(),
  );
  readSummary(registry, {
    name: 'ringdown_media_command_seconds',
    help: 'Time of the commands that rtpengines carried out',
    read: () => ({ count: anchor.counters.answered, sum: anchor.counters.answeredMs / 1_000 }),
  });
  gauge('ringdown_media_node_up', 'Whether an rtpengine answers, by its id', 'node', () =>
    nodes.states.map(({ id, healthy }) => [String(id), healthy ? 1 : 0] as const),
  );
  gauge('ringdown_media_node_calls', 'Calls of an rtpengine as this edge sees them, by its id', 'node', () =>
    nodes.states.map(({ id, load }) => [String(id), load] as const),
  );
}
