import type { Dashboard } from './dashboard.js';
import { quantiles, rate } from './promql.js';

const chosen = 'instance=~"$pod"';

/** Conferences under way and their media. */
export const conferenceDashboard: Dashboard = {
  uid: 'ringdown-conference',
  title: 'Ringdown / Conference',
  description: 'Conferences, their members and the mixer',
  variables: [{ name: 'pod', label: 'Pod', of: { metric: 'ringdown_conference_conferences', label: 'instance' } }],
  rows: [
    {
      title: 'Conferences',
      panels: [
        {
          title: 'Conferences and users',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            { expr: `sum(ringdown_conference_conferences{${chosen}})`, legend: 'conferences' },
            { expr: `sum(ringdown_conference_users{${chosen}})`, legend: 'users' },
            { expr: `sum(ringdown_conference_mixer_members{${chosen}})`, legend: 'mixed members' },
          ],
        },
        {
          title: 'Joins a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            { expr: rate('ringdown_conference_joins_total', chosen, ['how']), legend: '{{how}}' },
            { expr: rate('ringdown_conference_refusals_total', chosen, ['reason']), legend: 'refused: {{reason}}' },
          ],
        },
        {
          title: 'Leaves a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_conference_leaves_total', chosen, ['how']), legend: '{{how}}' }],
        },
        {
          title: 'How long they last',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles('ringdown_conference_duration_seconds', chosen, [], ''),
        },
        {
          title: 'What is held',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: `sum by (what) (ringdown_conference_held{${chosen}})`, legend: '{{what}}' }],
        },
        {
          title: 'Wrong PINs, recordings, speakers',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            { expr: rate('ringdown_conference_wrong_pins_total', chosen), legend: 'wrong PINs' },
            { expr: rate('ringdown_conference_recordings_total', chosen), legend: 'recordings' },
            { expr: rate('ringdown_conference_speaker_changes_total', chosen), legend: 'changes of speaker' },
          ],
        },
      ],
    },
    {
      title: 'Mixer',
      panels: [
        {
          title: 'Busiest thread',
          kind: 'timeseries',
          unit: 'percentunit',
          queries: [{ expr: `ringdown_conference_mixer_busy_share{${chosen}}`, legend: '{{instance}}' }],
        },
        {
          title: 'How late ticks begin, p99',
          kind: 'timeseries',
          unit: 's',
          queries: [{ expr: `ringdown_conference_mixer_late_p99_seconds{${chosen}}`, legend: '{{instance}}' }],
        },
        {
          title: 'Packets of members that have left',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            { expr: rate('ringdown_conference_packets_total', chosen, ['what']), legend: '{{what}}' },
            {
              expr: rate('ringdown_conference_packets_refused_total', chosen, ['reason']),
              legend: 'refused: {{reason}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Requests',
      panels: [
        {
          title: 'gRPC, p99',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles(
            'ringdown_conference_grpc_request_seconds',
            chosen,
            ['operation'],
            '{{operation}}',
            [0.99],
          ),
        },
        {
          title: 'REST, p99',
          kind: 'timeseries',
          unit: 's',
          queries: quantiles(
            'ringdown_conference_rest_request_seconds',
            chosen,
            ['operation'],
            '{{operation}}',
            [0.99],
          ),
        },
      ],
    },
  ],
};
