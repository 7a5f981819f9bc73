import { expect, it } from 'vitest';
import { ByTenant } from './by-tenant.js';

it('keeps the first tenants apart and the rest together', () => {
  const calls = new ByTenant(2, () => ({ count: 0 }));
  for (const tenant of ['acme', 'globex', 'initech', 'acme', 'umbrella']) calls.of(tenant).count += 1;
  expect([...calls.entries()]).toEqual([
    ['acme', { count: 2 }],
    ['globex', { count: 1 }],
    ['other', { count: 2 }],
  ]);
});

it('has everybody together where none may be told apart', () => {
  const calls = new ByTenant(0, () => ({ count: 0 }));
  calls.of('acme').count += 1;
  expect([...calls.entries()]).toEqual([['other', { count: 1 }]]);
});
