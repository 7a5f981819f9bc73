import { createMetrics, mergedMetrics } from '@ringdown/platform';
import { expect, it } from 'vitest';
import { registerBindingMetrics } from './binding-metrics.js';

const counts = [
  { tenantId: 'acme', bindings: 7, suspended: 1 },
  { tenantId: 'globex', bindings: 5, suspended: 0 },
  { tenantId: 'initech', bindings: 2, suspended: 2 },
];

const samples = async (registry: ReturnType<typeof createMetrics>) =>
  (await mergedMetrics([registry])).split('\n').filter((line) => line.startsWith('ringdown_'));

it('counts once for a while, and tells the largest tenants apart', async () => {
  const registry = createMetrics('location');
  let asked = 0;
  const countByTenant = async () => {
    asked += 1;
    return counts;
  };
  registerBindingMetrics(registry, { leads: () => true, countByTenant, maxTenants: 1 });
  const expected = [
    'ringdown_location_bindings{service="location"} 14',
    'ringdown_location_bindings_suspended{service="location"} 3',
    'ringdown_location_tenant_bindings{tenant="acme",service="location"} 7',
    'ringdown_location_tenant_bindings{tenant="other",service="location"} 7',
  ];
  expect(await samples(registry)).toEqual(expected);
  expect(await samples(registry)).toEqual(expected);
  expect(asked).toBe(1);
});

it('says nothing where another replica counts, and nothing yet where Postgres is away', async () => {
  const registry = createMetrics('location');
  let leads = false;
  const countByTenant = () => Promise.reject(new Error('away'));
  registerBindingMetrics(registry, { leads: () => leads, countByTenant, maxTenants: 1 });
  expect(await samples(registry)).toEqual([]);
  leads = true;
  expect(await samples(registry)).toEqual([]);
});
