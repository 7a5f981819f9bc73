import type { Dashboard } from './dashboard.js';
import { quantiles, rate, ratio } from './promql.js';

/** What an operator looks at first. */
export const platformDashboard: Dashboard = {
  uid: 'ringdown-platform',
  title: 'Ringdown / Platform',
  description: 'Calls, registrations and the parts of the platform',
  variables: [],
  rows: [
    {
      title: 'Calls',
      panels: [
        {
          title: 'Edges that answer',
          kind: 'stat',
          unit: 'none',
          width: 4,
          queries: [{ expr: 'sum(up{job="edge-proxy"})', legend: 'edges' }],
        },
        {
          title: 'Calls in progress',
          description: 'As accounting knows them: begun and not ended',
          kind: 'stat',
          unit: 'none',
          width: 5,
          queries: [{ expr: 'max(ringdown_accounting_depth{of="calls-in-progress"})', legend: 'calls' }],
        },
        {
          title: 'Answer-seizure ratio',
          kind: 'stat',
          unit: 'percentunit',
          width: 5,
          queries: [{ expr: 'ringdown:answer_seizure_ratio:rate5m', legend: 'answered' }],
        },
        {
          title: 'Registrations',
          kind: 'stat',
          unit: 'none',
          width: 5,
          queries: [{ expr: 'ringdown:bindings', legend: 'bindings' }],
        },
        {
          title: 'Alerts that fire',
          kind: 'stat',
          unit: 'none',
          width: 5,
          queries: [{ expr: 'count(ALERTS{alertstate="firing"}) or vector(0)', legend: 'alerts' }],
        },
        {
          title: 'Calls a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            { expr: rate('ringdown_calls_seized_total'), legend: 'seized' },
            { expr: rate('ringdown_calls_answered_total'), legend: 'answered' },
          ],
        },
        {
          title: 'Post-dial delay',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles('ringdown_call_post_dial_delay_seconds', '', [], ''),
        },
        {
          title: 'Release causes',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_calls_released_total', '', ['cause']), legend: '{{cause}}' }],
        },
        {
          title: 'Answers to INVITE',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            { expr: rate('ringdown_sip_server_transactions_total', 'method="INVITE"', ['code']), legend: '{{code}}' },
          ],
        },
        {
          title: 'Duration of calls',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles('ringdown_call_duration_seconds', '', [], ''),
        },
        {
          title: 'Time to answer',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles('ringdown_call_answer_delay_seconds', '', [], ''),
        },
      ],
    },
    {
      title: 'Registrations',
      panels: [
        {
          title: 'Bindings',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            { expr: 'ringdown:bindings', legend: 'bound' },
            { expr: 'max(ringdown_location_bindings_suspended)', legend: 'suspended' },
          ],
        },
        {
          title: 'REGISTERs a second',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [{ expr: rate('ringdown_registrations_total', '', ['outcome']), legend: '{{outcome}}' }],
        },
        {
          title: 'Answers to REGISTER',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [{ expr: rate('ringdown_registrar_answers_total', '', ['code']), legend: '{{code}}' }],
        },
      ],
    },
    {
      title: 'Records of calls',
      panels: [
        {
          title: 'Steps of calls a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_accounting_events_total', '', ['event']), legend: '{{event}}' }],
        },
        {
          title: 'From a step to its record',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles('ringdown_accounting_event_lag_seconds', '', [], ''),
        },
        {
          title: 'Completed records',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            {
              expr: rate('ringdown_accounting_records_completed_total', '', ['cause', 'closed_by']),
              legend: '{{cause}}, by {{closed_by}}',
            },
          ],
        },
        {
          title: 'At the edges: not stored yet, and dropped',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            { expr: 'sum(ringdown_edge_call_events_unstored)', legend: 'not stored yet' },
            { expr: rate('ringdown_edge_call_events_dropped_total'), legend: 'dropped a second' },
          ],
        },
        {
          title: 'Waiting',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: 'max by (of) (ringdown_accounting_depth)', legend: '{{of}}' }],
        },
      ],
    },
    {
      title: 'Services',
      panels: [
        {
          title: 'Event loops: share that is busy',
          kind: 'timeseries',
          unit: 'percentunit',
          queries: [{ expr: 'instance:ringdown_eventloop_busy:rate2m', legend: '{{job}} {{instance}}' }],
        },
        {
          title: 'Event loops: delay, p99',
          kind: 'timeseries',
          unit: 's',
          queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds', legend: '{{job}} {{instance}}' }],
        },
        {
          title: 'Memory',
          kind: 'timeseries',
          unit: 'bytes',
          queries: [{ expr: 'process_resident_memory_bytes{job!="prometheus"}', legend: '{{job}} {{instance}}' }],
        },
        {
          title: 'gRPC: calls a second',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            {
              expr: rate('ringdown_grpc_server_seconds_count', '', ['method', 'status']),
              legend: '{{method}} {{status}}',
            },
          ],
        },
        {
          title: 'gRPC: time, p99',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles(
            'ringdown_grpc_client_seconds',
            '',
            ['service', 'method'],
            '{{service}} {{method}}',
            [0.99],
          ),
        },
        {
          title: 'gRPC: failed calls',
          kind: 'timeseries',
          unit: 'percentunit',
          queries: [
            {
              expr: `1 - ${ratio(
                rate('ringdown_grpc_client_seconds_count', 'status=~"ok|not-found"', ['service']),
                rate('ringdown_grpc_client_seconds_count', '', ['service']),
              )}`,
              legend: '{{service}}',
            },
          ],
        },
        {
          title: 'Not ready',
          kind: 'table',
          unit: 'none',
          queries: [{ expr: 'ringdown_ready == 0', legend: '{{instance}} {{check}}' }],
        },
      ],
    },
    {
      title: 'Postgres and NATS',
      panels: [
        {
          title: 'Statements, p99',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles(
            'ringdown_postgres_statement_seconds',
            '',
            ['service', 'pool'],
            '{{service}} {{pool}}',
            [0.99],
          ),
        },
        {
          title: 'Connections to Postgres',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (service, pool, state) (ringdown_postgres_connections)',
              legend: '{{service}} {{pool}} {{state}}',
            },
            { expr: 'sum by (service, pool) (ringdown_postgres_waiting)', legend: '{{service}} {{pool}} waiting' },
          ],
        },
        {
          title: 'Commits of bindings, p99',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles('ringdown_location_batch_seconds', '', [], '', [0.99]),
        },
        {
          title: 'Connected to NATS',
          kind: 'timeseries',
          unit: 'none',
          queries: [{ expr: 'min by (job) (ringdown_bus_connected)', legend: '{{job}}' }],
        },
        {
          title: 'Events a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_bus_events_total', '', ['job', 'outcome']), legend: '{{job}} {{outcome}}' }],
        },
      ],
    },
  ],
};
