import type { Dashboard } from './dashboard.js';
import { rate, ratio } from './promql.js';

const chosen = 'tenant=~"$tenant"';

/** One tenant, or several beside each other. Those beyond the bound of RINGDOWN_METRICS_TENANTS are `other`. */
export const tenantDashboard: Dashboard = {
  uid: 'ringdown-tenant',
  title: 'Ringdown / Tenant',
  description: 'What the calls and registrations of a tenant come to',
  variables: [{ name: 'tenant', label: 'Tenant', of: { metric: 'ringdown_registrations_total', label: 'tenant' } }],
  rows: [
    {
      title: 'Calls',
      panels: [
        {
          title: 'Calls a second',
          kind: 'timeseries',
          unit: 'ops',
          queries: [{ expr: rate('ringdown_calls_seized_total', chosen, ['tenant']), legend: '{{tenant}}' }],
        },
        {
          title: 'Answer-seizure ratio',
          kind: 'timeseries',
          unit: 'percentunit',
          queries: [
            {
              expr: ratio(
                rate('ringdown_calls_answered_total', chosen, ['tenant']),
                rate('ringdown_calls_seized_total', chosen, ['tenant']),
              ),
              legend: '{{tenant}}',
            },
          ],
        },
        {
          title: 'Release causes',
          kind: 'timeseries',
          unit: 'ops',
          queries: [
            {
              expr: rate('ringdown_calls_released_total', chosen, ['tenant', 'cause']),
              legend: '{{tenant}} {{cause}}',
            },
          ],
        },
        {
          title: 'Calls in the time that is shown',
          kind: 'table',
          unit: 'none',
          width: 12,
          queries: [
            {
              expr: `sum by (tenant) (increase(ringdown_calls_seized_total{${chosen}}[$__range]))`,
              legend: '{{tenant}}',
            },
          ],
        },
        {
          title: 'Tenants with the most calls',
          kind: 'table',
          unit: 'ops',
          width: 12,
          queries: [{ expr: `topk(10, ${rate('ringdown_calls_seized_total', '', ['tenant'])})`, legend: '{{tenant}}' }],
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
          queries: [{ expr: `max by (tenant) (ringdown_location_tenant_bindings{${chosen}})`, legend: '{{tenant}}' }],
        },
        {
          title: 'REGISTERs a second',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            {
              expr: rate('ringdown_registrations_total', chosen, ['tenant', 'outcome']),
              legend: '{{tenant}} {{outcome}}',
            },
          ],
        },
        {
          title: 'Refused registrations',
          kind: 'timeseries',
          unit: 'percentunit',
          queries: [
            {
              expr: ratio(
                rate('ringdown_registrations_total', `${chosen},outcome!="accepted"`, ['tenant']),
                rate('ringdown_registrations_total', chosen, ['tenant']),
              ),
              legend: '{{tenant}}',
            },
          ],
        },
      ],
    },
  ],
};
