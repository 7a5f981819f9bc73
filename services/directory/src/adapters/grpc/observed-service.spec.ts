import type { directory } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import { expect, it } from 'vitest';
import { observedService } from './observed-service.js';

const nothing = async function* (): AsyncGenerator<directory.WatchResponse> {};
const service: directory.DirectoryService = {
  resolveDomain: async () => ({ domainVersion: 0, position: 1 }),
  getTenant: async () => {
    throw new ServiceError('resource-exhausted', 'busy');
  },
  getSubscriber: async () => {
    throw new TypeError('a bug');
  },
  listRoutes: async () => ({ routes: [], version: 1, position: 1 }),
  resolveNumber: async (_request, context) => ({ tenantId: context?.traceparent, version: 0, position: 1 }),
  watch: () => nothing(),
};

it('tells of every question by operation and status, and changes no answer', async () => {
  const told: string[] = [];
  const observed = observedService(service, (operation, status, durationMs) => {
    told.push(`${operation} ${status} ${durationMs >= 0}`);
  });
  expect(await observed.resolveDomain({ domain: 'x' })).toEqual({ domainVersion: 0, position: 1 });
  await expect(observed.getTenant({ tenantId: 't' })).rejects.toThrow('busy');
  await expect(observed.getSubscriber({ tenantId: 't', username: 'u' })).rejects.toThrow('a bug');
  expect(await observed.listRoutes({ tenantId: 't' })).toMatchObject({ version: 1 });
  expect(await observed.resolveNumber({ e164: '+1' }, { traceparent: 'trace' })).toMatchObject({ tenantId: 'trace' });
  expect(told).toEqual([
    'ResolveDomain ok true',
    'GetTenant resource-exhausted true',
    'GetSubscriber internal true',
    'ListRoutes ok true',
    'ResolveNumber ok true',
  ]);
});
