import { createMetrics } from '@ringdown/platform';
import { expect, it } from 'vitest';
import { registerEdgeMetrics } from './edge-metrics.js';
import type { EdgeRuntime } from './edge-runtime.js';

it("shows the edge's own numbers as they are at the scrape", async () => {
  const malformed = new Map([['via-missing', 2]]);
  const counters = { requests: 5, responses: 4, rejected: 1, misdirected: 0, sendFailures: 3, bugs: 0, malformed };
  const registry = createMetrics('edge-proxy');
  registerEdgeMetrics(registry, {
    stack: { counters, size: { inviteClient: 1, inviteServer: 2, nonInviteClient: 0, nonInviteServer: 0 } },
    listeners: {
      streams: [
        { transport: 'TCP', port: { size: 7, counters: { accepted: 9, connected: 0, refused: 1 } } },
        { transport: 'WSS', port: { size: 2, counters: { accepted: 3, connected: 0, refused: 0 } } },
        { transport: 'WSS', port: { size: 1, counters: { accepted: 1, connected: 0, refused: 0 } } },
      ],
      datagrams: [
        {
          port: {
            kind: 'batched',
            counters: { received: 8, sent: 7, keepalives: 6, sendErrors: 5 },
            batches: { wakeUps: 4, gatheredWaits: 3, reads: 2, readErrors: 1, sends: 10 },
          },
        },
        { port: { kind: 'batched', counters: { received: 1, sent: 2, keepalives: 0, sendErrors: 0 } } },
      ],
    },
    cached: { bindings: 11 },
    registrations: { refused: { tenant: 21, edge: 22 }, underWay: 23 },
    lease: {
      standing: 'waiting',
      renewals: { renewed: 12, failed: 13 },
      flows: { size: 14, waiting: 0, counters: { unbound: 15, forgotten: 0, moved: 0 } },
    },
    misplaced: {
      responsesHandedOver: 12,
      responsesDropped: 13,
      offered: 14,
      takenElsewhere: 15,
      notOffered: 16,
      taken: 17,
    },
    mediaCounters: { unbridged: 12, unchanged: 13 },
    media: {
      nodes: { states: [{ id: 4, healthy: false, load: 14 }] },
      anchor: {
        counters: {
          relayed: { nat: 15 },
          unplaced: 16,
          commands: new Map([['offer done', 17]]),
          answered: 18,
          answeredMs: 1_900,
        },
      },
    },
  } as unknown as EdgeRuntime);
  counters.requests = 6;
  malformed.set('bad-start-line', 1);
  const text = await registry.metrics();
  for (const line of [
    'ringdown_edge_messages{kind="request",service="edge-proxy"} 6',
    'ringdown_edge_malformed{code="via-missing",service="edge-proxy"} 2',
    'ringdown_edge_malformed{code="bad-start-line",service="edge-proxy"} 1',
    'ringdown_edge_failures{kind="send",service="edge-proxy"} 3',
    'ringdown_edge_transactions{kind="inviteServer",service="edge-proxy"} 2',
    'ringdown_edge_cached{cache="bindings",service="edge-proxy"} 11',
    'ringdown_edge_registrations_deferred{busy="tenant",service="edge-proxy"} 21',
    'ringdown_edge_registrations_deferred{busy="edge",service="edge-proxy"} 22',
    'ringdown_edge_registrations{waiting="registrar",service="edge-proxy"} 23',
    'ringdown_edge_misplaced{kind="responsesHandedOver",service="edge-proxy"} 12',
    'ringdown_edge_misplaced{kind="taken",service="edge-proxy"} 17',
    'ringdown_edge_lease{standing="held",service="edge-proxy"} 0',
    'ringdown_edge_lease{standing="waiting",service="edge-proxy"} 1',
    'ringdown_edge_lease_renewals{result="failed",service="edge-proxy"} 13',
    'ringdown_edge_registered_connections{state="open",service="edge-proxy"} 14',
    'ringdown_udp_port_info{kind="batched",service="edge-proxy"} 1',
    'ringdown_udp_datagrams{kind="sent",service="edge-proxy"} 9',
    'ringdown_udp_batches{kind="gatheredWaits",service="edge-proxy"} 3',
    'ringdown_edge_connections{transport="tcp",state="open",service="edge-proxy"} 7',
    'ringdown_edge_connections{transport="wss",state="accepted",service="edge-proxy"} 4',
    'ringdown_media_without_relay{kind="call",service="edge-proxy"} 12',
    'ringdown_media_without_relay{kind="response",service="edge-proxy"} 13',
    'ringdown_media_without_relay{kind="refused",service="edge-proxy"} 16',
    'ringdown_media_relayed{reason="nat",service="edge-proxy"} 15',
    'ringdown_media_commands{outcome="offer done",service="edge-proxy"} 17',
    'ringdown_media_command_time{kind="seconds",service="edge-proxy"} 1.9',
    'ringdown_media_node_up{node="4",service="edge-proxy"} 0',
    'ringdown_media_node_calls{node="4",service="edge-proxy"} 14',
  ]) {
    expect(text).toContain(line);
  }
});
