import { createMetrics, mergedMetrics } from '@ringdown/platform';
import { expect, it } from 'vitest';
import { EdgeMeters } from './adapters/metering/edge-meters.js';
import { registerEdgeMetrics } from './edge-metrics.js';
import type { EdgeRuntime } from './edge-runtime.js';

it("shows the edge's own numbers as they are at the scrape", async () => {
  const malformed = new Map([['via-missing', 2]]);
  const counters = { requests: 5, responses: 4, rejected: 1, misdirected: 0, sendFailures: 3, bugs: 0, malformed };
  const registry = createMetrics('edge-proxy');
  const meters = new EdgeMeters({
    maxTenants: 1,
    now: () => 0,
    wallClock: () => 0,
    security: { refused: () => undefined, unknownDomain: () => undefined },
  });
  meters.tenants.tenants.of('acme').callsBegun = 40;
  meters.tenants.tenants.of('globex').callsEnded.cancelled = 41;
  meters.tenants.postDialDelaySec.observe(0.7);
  for (const code of [200, 486, 499]) meters.transactions.answered({ method: 'INVITE' }, code);
  meters.transactions.answered({ method: 'FOO' }, 501);
  meters.links.with('registrar').registrations.sent = 42;
  meters.links.with('registrar').registrations.late = 43;
  meters.security.counts.credentials = 44;
  registerEdgeMetrics(registry, 'edge-7', {
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
    lookups: { bindings: { hit: 31, stale: 32, miss: 33, failed: 34 } },
    meters,
    streams: () => [['registrar', 'registrations', 2]],
    certificateEnds: new Map([['sip.example.com', 1_900_000_000]]),
    registrations: { refused: { tenant: 21, edge: 22 }, underWay: 23 },
    capture: { fill: { messages: 31, keptCalls: 32, keptBytes: 33, reachesBackMs: 34_500 } },
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
  const text = await mergedMetrics([registry]);
  for (const line of [
    'ringdown_edge_messages_total{kind="request",service="edge-proxy"} 6',
    'ringdown_edge_malformed_total{code="via-missing",service="edge-proxy"} 2',
    'ringdown_edge_malformed_total{code="bad-start-line",service="edge-proxy"} 1',
    'ringdown_edge_failures_total{kind="send",service="edge-proxy"} 3',
    'ringdown_edge_transactions{kind="inviteServer",service="edge-proxy"} 2',
    'ringdown_edge_cached{cache="bindings",service="edge-proxy"} 11',
    'ringdown_edge_registrations_deferred_total{busy="tenant",service="edge-proxy"} 21',
    'ringdown_edge_registrations_deferred_total{busy="edge",service="edge-proxy"} 22',
    'ringdown_edge_registrations{waiting="registrar",service="edge-proxy"} 23',
    'ringdown_edge_misplaced_total{kind="responsesHandedOver",service="edge-proxy"} 12',
    'ringdown_edge_misplaced_total{kind="taken",service="edge-proxy"} 17',
    'ringdown_edge_lease{standing="held",service="edge-proxy"} 0',
    'ringdown_edge_lease{standing="waiting",service="edge-proxy"} 1',
    'ringdown_edge_lease_renewals_total{result="failed",service="edge-proxy"} 13',
    'ringdown_edge_capture_reach_seconds{service="edge-proxy"} 34.5',
    'ringdown_edge_kept_calls{service="edge-proxy"} 32',
    'ringdown_edge_kept_bytes{service="edge-proxy"} 33',
    'ringdown_edge_registered_connections{state="open",service="edge-proxy"} 14',
    'ringdown_udp_port_info{kind="batched",service="edge-proxy"} 1',
    'ringdown_udp_datagrams_total{kind="sent",service="edge-proxy"} 9',
    'ringdown_udp_batches_total{kind="gatheredWaits",service="edge-proxy"} 3',
    'ringdown_edge_open_connections{transport="tcp",service="edge-proxy"} 7',
    'ringdown_edge_open_connections{transport="wss",service="edge-proxy"} 3',
    'ringdown_edge_connections_total{transport="wss",event="accepted",service="edge-proxy"} 4',
    'ringdown_edge_registered_connections_ended_total{how="unbound",service="edge-proxy"} 15',
    'ringdown_edge_info{edge="edge-7",service="edge-proxy"} 1',
    'ringdown_edge_cache_lookups_total{cache="bindings",result="stale",service="edge-proxy"} 32',
    'ringdown_sip_server_transactions_total{method="INVITE",code="486",service="edge-proxy"} 1',
    'ringdown_sip_server_transactions_total{method="INVITE",code="4xx",service="edge-proxy"} 1',
    'ringdown_sip_server_transactions_total{method="other",code="501",service="edge-proxy"} 1',
    'ringdown_calls_seized_total{tenant="acme",service="edge-proxy"} 40',
    'ringdown_calls_released_total{tenant="other",cause="cancelled",service="edge-proxy"} 41',
    'ringdown_call_post_dial_delay_seconds_bucket{le="1",service="edge-proxy"} 1',
    'ringdown_siplink_streams{peer="registrar",class="registrations",service="edge-proxy"} 2',
    'ringdown_siplink_messages_total{peer="registrar",class="registrations",direction="sent",service="edge-proxy"} 42',
    'ringdown_siplink_dropped_total{peer="registrar",class="registrations",reason="late",service="edge-proxy"} 43',
    'ringdown_security_events_total{kind="credentials",service="edge-proxy"} 44',
    'ringdown_tls_certificate_not_after_seconds{certificate="sip.example.com",service="edge-proxy"} 1900000000',
    'ringdown_media_without_relay_total{kind="call",service="edge-proxy"} 12',
    'ringdown_media_without_relay_total{kind="response",service="edge-proxy"} 13',
    'ringdown_media_without_relay_total{kind="refused",service="edge-proxy"} 16',
    'ringdown_media_relayed_total{reason="nat",service="edge-proxy"} 15',
    'ringdown_media_commands_total{outcome="offer done",service="edge-proxy"} 17',
    'ringdown_media_command_seconds_sum{service="edge-proxy"} 1.9',
    'ringdown_media_node_up{node="4",service="edge-proxy"} 0',
    'ringdown_media_node_calls{node="4",service="edge-proxy"} 14',
  ]) {
    expect(text).toContain(line);
  }
});
