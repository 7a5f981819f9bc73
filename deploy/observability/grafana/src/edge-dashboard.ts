import type { Dashboard } from './dashboard.js';
import { quantiles, rate, ratio } from './promql.js';

const chosen = 'job="edge-proxy",instance=~"$edge"';

/** Sockets, transactions, caches and links of edges. */
export const edgeDashboard: Dashboard = {
  uid: 'ringdown-edge',
  title: 'Ringdown / Edge',
  description: 'What goes through an edge, and how it stands with the rest of the platform',
  variables: [{ name: 'edge', label: 'Edge', of: { metric: 'ringdown_edge_info', label: 'instance' } }],
  rows: [
    {
      title: 'How it stands',
      panels: [
        {
          title: 'Lease',
          kind: 'timeseries',
          unit: 'none',
          queries: [{ expr: `ringdown_edge_lease{${chosen}} == 1`, legend: '{{instance}} {{standing}}' }],
        },
        {
          title: 'Leaving',
          kind: 'timeseries',
          unit: 'none',
          queries: [{ expr: `ringdown_edge_drain{${chosen}}`, legend: '{{instance}} {{stage}}' }],
        },
        {
          title: 'CPU',
          kind: 'timeseries',
          unit: 'percentunit',
          queries: [{ expr: rate('process_cpu_seconds_total', chosen, ['instance']), legend: '{{instance}}' }],
        },
        {
          title: 'Event loop: delay, p99',
          kind: 'timeseries',
          unit: 's',
          queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{${chosen}}`, legend: '{{instance}}' }],
        },
        {
          title: 'Days until certificates end',
          kind: 'table',
          unit: 'none',
          queries: [
            {
              expr: `min by (certificate) (ringdown_tls_certificate_not_after_seconds{${chosen}} - time()) / 86400`,
              legend: '{{certificate}}',
            },
          ],
        },
        {
          title: 'Edges and their names',
          kind: 'table',
          unit: 'none',
          queries: [{ expr: `ringdown_edge_info{${chosen}}`, legend: '{{edge}} {{instance}}' }],
        },
      ],
    },
    {
      title: 'SIP',
      panels: [
        {
          title: 'Messages a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            {
              expr: rate('ringdown_edge_messages_total', chosen, ['instance', 'kind']),
              legend: '{{instance}} {{kind}}',
            },
          ],
        },
        {
          title: 'Transactions a second, by method',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_sip_server_transactions_total', chosen, ['method']), legend: '{{method}}' }],
        },
        {
          title: 'Final responses a second, by code',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_sip_server_transactions_total', chosen, ['code']), legend: '{{code}}' }],
        },
        {
          title: 'Transactions now',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: `sum by (kind) (ringdown_edge_transactions{${chosen}})`, legend: '{{kind}}' }],
        },
        {
          title: 'Malformed, failed and misplaced messages',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            { expr: rate('ringdown_edge_malformed_total', chosen, ['code']), legend: 'malformed: {{code}}' },
            { expr: rate('ringdown_edge_failures_total', chosen, ['kind']), legend: 'failed: {{kind}}' },
            { expr: rate('ringdown_edge_misplaced_total', chosen, ['kind']), legend: 'misplaced: {{kind}}' },
          ],
        },
        {
          title: 'Security events a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_security_events_total', chosen, ['kind']), legend: '{{kind}}' }],
        },
      ],
    },
    {
      title: 'Kept messages',
      panels: [
        {
          title: 'How far back they reach',
          kind: 'timeseries',
          unit: 's',
          queries: [{ expr: `min(ringdown_edge_capture_reach_seconds{${chosen}})`, legend: 'reach' }],
        },
        {
          title: 'Calls that are kept',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: `sum(ringdown_edge_kept_calls{${chosen}})`, legend: 'calls' }],
        },
        {
          title: 'Memory of kept calls',
          kind: 'timeseries',
          unit: 'bytes',
          queries: [{ expr: `sum(ringdown_edge_kept_bytes{${chosen}})`, legend: 'kept' }],
        },
      ],
    },
    {
      title: 'Sockets',
      panels: [
        {
          title: 'Datagrams a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_udp_datagrams_total', chosen, ['kind']), legend: '{{kind}}' }],
        },
        {
          title: 'Open connections',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            { expr: `sum by (transport) (ringdown_edge_open_connections{${chosen}})`, legend: '{{transport}}' },
            {
              expr: `sum by (state) (ringdown_edge_registered_connections{${chosen}})`,
              legend: 'registered: {{state}}',
            },
          ],
        },
        {
          title: 'Connections a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            {
              expr: rate('ringdown_edge_connections_total', chosen, ['transport', 'event']),
              legend: '{{transport}} {{event}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Caches and registrations',
      panels: [
        {
          title: 'Lookups that the cache serves',
          kind: 'timeseries',
          unit: 'percentunit',
          queries: [
            {
              expr: ratio(
                rate('ringdown_edge_cache_lookups_total', `${chosen},result="hit"`, ['cache']),
                rate('ringdown_edge_cache_lookups_total', `${chosen},result!="failed"`, ['cache']),
              ),
              legend: '{{cache}}',
            },
          ],
        },
        {
          title: 'Lookups a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            {
              expr: rate('ringdown_edge_cache_lookups_total', chosen, ['cache', 'result']),
              legend: '{{cache}} {{result}}',
            },
          ],
        },
        {
          title: 'Entries',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: `sum by (cache) (ringdown_edge_cached{${chosen}})`, legend: '{{cache}}' }],
        },
        {
          title: 'REGISTERs told to come later',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_edge_registrations_deferred_total', chosen, ['busy']), legend: '{{busy}}' }],
        },
        {
          title: 'REGISTERs that wait for a registrar',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: `sum(ringdown_edge_registrations{${chosen}})`, legend: 'waiting' }],
        },
      ],
    },
    {
      title: 'SipLink',
      panels: [
        {
          title: 'Open streams',
          kind: 'timeseries',
          unit: 'none',
          queries: [
            { expr: `sum by (peer, class) (ringdown_siplink_streams{${chosen}})`, legend: '{{peer}} {{class}}' },
          ],
        },
        {
          title: 'Messages a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            {
              expr: rate('ringdown_siplink_messages_total', chosen, ['peer', 'class', 'direction']),
              legend: '{{peer}} {{class}} {{direction}}',
            },
          ],
        },
        {
          title: 'To the first answer',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles('ringdown_siplink_answer_seconds', chosen, ['class'], '{{class}}'),
        },
        {
          title: 'Waiting and dropped messages',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            {
              expr: `sum by (peer, class) (ringdown_siplink_queued{${chosen}})`,
              legend: 'waiting: {{peer}} {{class}}',
            },
            {
              expr: rate('ringdown_siplink_dropped_total', chosen, ['peer', 'reason']),
              legend: 'dropped a second: {{peer}} {{reason}}',
            },
          ],
        },
        {
          title: 'Messages in a batch',
          kind: 'timeseries',
          unit: 'none',
          queries: [
            {
              expr: ratio(
                rate('ringdown_siplink_messages_total', `${chosen},direction="sent"`, ['peer', 'class']),
                rate('ringdown_siplink_batches_total', chosen, ['peer', 'class']),
              ),
              legend: '{{peer}} {{class}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Media relay',
      panels: [
        {
          title: 'Relayed and not relayed',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            { expr: rate('ringdown_media_relayed_total', chosen, ['reason']), legend: 'relayed: {{reason}}' },
            { expr: rate('ringdown_media_without_relay_total', chosen, ['kind']), legend: 'without: {{kind}}' },
          ],
        },
        {
          title: 'Calls on rtpengines',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: `max by (node) (ringdown_media_node_calls{${chosen}})`, legend: '{{node}}' }],
        },
        {
          title: 'Commands, mean time',
          kind: 'timeseries',
          unit: 's',
          queries: [
            {
              expr: ratio(
                rate('ringdown_media_command_seconds_sum', chosen),
                rate('ringdown_media_command_seconds_count', chosen),
              ),
              legend: 'mean',
            },
          ],
        },
      ],
    },
  ],
};
