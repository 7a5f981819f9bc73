import type { LabelledGauge } from './edge-metrics.js';
import type { EdgeRuntime } from './edge-runtime.js';

/** The metrics of the relay of media. */
export function registerMediaMetrics(
  labelled: LabelledGauge,
  { media, mediaCounters }: Pick<EdgeRuntime, 'media' | 'mediaCounters'>,
): void {
  labelled(
    'ringdown_media_without_relay',
    'What went on without a relay since the start, by what it was',
    'kind',
    () => [
      ['call', mediaCounters.unbridged],
      ['response', mediaCounters.unchanged],
      ['refused', media?.anchor.counters.unplaced ?? 0],
    ],
  );
  if (media === undefined) return;
  const { nodes, anchor } = media;
  labelled(
    'ringdown_media_relayed',
    'Copies of INVITEs whose media was relayed since the start, by why',
    'reason',
    () => Object.entries(anchor.counters.relayed),
  );
  labelled('ringdown_media_commands', 'Commands to rtpengines since the start, by what became of them', 'outcome', () =>
    anchor.counters.commands.entries(),
  );
  labelled(
    'ringdown_media_command_time',
    'Commands that were carried out, and the seconds that they took',
    'kind',
    () => [
      ['count', anchor.counters.answered],
      ['seconds', anchor.counters.answeredMs / 1_000],
    ],
  );
  labelled('ringdown_media_node_up', 'Whether an rtpengine answers, by its id', 'node', () =>
    nodes.states.map(({ id, healthy }) => [String(id), healthy ? 1 : 0] as const),
  );
  labelled('ringdown_media_node_calls', 'Calls of an rtpengine as this edge sees them, by its id', 'node', () =>
    nodes.states.map(({ id, load }) => [String(id), load] as const),
  );
}
