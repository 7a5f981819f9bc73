import type { directory } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import { describe, expect, it } from 'vitest';
import { DirectoryTenants } from './directory-tenants.js';

const limits = {
  maxContactsPerAor: 5,
  minExpiresSec: 60,
  maxExpiresSec: 7200,
  defaultExpiresSec: 3600,
  maxRegistrations: 7,
  maxConcurrentCalls: 0,
  maxCallsPerSec: 0,
  maxRegistrationsPerSec: 0,
  maxConferences: 0,
  maxConferenceMembers: 0,
  maxConferenceMinutesPerMonth: 0,
};

class Scene {
  now = 0;
  failure: Error | undefined;
  readonly told: string[] = [];
  readonly asked: unknown[] = [];
  readonly traces: (string | undefined)[] = [];
  tenant: directory.Tenant | undefined = {
    tenantId: 'demo',
    canonicalDomain: 'demo.ringdown.test',
    realm: 'demo.ringdown.test',
    digestAlgorithms: [],
    limits,
    policies: {
      forkMode: 0,
      recurseOnRedirect: false,
      redirectMode: 0,
      serviceRoute: true,
      mediaRelay: 0,
      conferenceSrtpRequired: false,
    },
    enabled: true,
    version: 1,
  };

  readonly tenants = new DirectoryTenants({
    service: {
      resolveDomain: async (request, context) => {
        this.answer(request, context?.traceparent);
        return { tenant: this.tenant, domainVersion: 1, position: 1 };
      },
    },
    outages: {
      failed: (dependency) => void this.told.push(`${dependency} failed`),
      worked: (dependency) => void this.told.push(`${dependency} worked`),
    },
    now: () => this.now,
    timeoutMs: 100,
    freshMs: 10,
    staleMs: 1000,
    capacity: 10,
  });

  answer(request: unknown, traceparent: string | undefined): void {
    this.asked.push(request);
    this.traces.push(traceparent);
    if (this.failure !== undefined) throw this.failure;
  }
}

describe('DirectoryTenants', () => {
  it('translates a tenant', async () => {
    expect(await new Scene().tenants.byDomain('localhost')).toEqual({
      tenantId: 'demo',
      canonicalDomain: 'demo.ringdown.test',
      enabled: true,
      expiry: { minSec: 60, maxSec: 7200, defaultSec: 3600 },
      maxContacts: 5,
      maxRegistrations: 7,
      serviceRoute: true,
    });
  });

  it('knows a domain of nobody’s', async () => {
    const scene = new Scene();
    scene.tenant = undefined;
    expect(await scene.tenants.byDomain('nowhere.example')).toBeUndefined();
  });

  it('takes a tenant without limits for a bug', async () => {
    const scene = new Scene();
    scene.tenant = Object.assign({}, scene.tenant, { limits: undefined });
    await expect(scene.tenants.byDomain('localhost')).rejects.toThrow('has no limits');
  });

  it('asks within the trace of whoever waits, and of the first where several do', async () => {
    const scene = new Scene();
    await Promise.all([scene.tenants.byDomain('localhost', 'first'), scene.tenants.byDomain('localhost', 'second')]);
    await scene.tenants.byDomain('demo.ringdown.test', 'third');
    expect(scene.traces).toEqual(['first', 'third']);
  });

  it('tells of calls, not of answers from memory', async () => {
    const scene = new Scene();
    await scene.tenants.byDomain('localhost');
    await scene.tenants.byDomain('localhost');
    scene.failure = new ServiceError('unavailable', 'away');
    scene.now = 10;
    expect(await scene.tenants.byDomain('localhost')).toMatchObject({ tenantId: 'demo' });
    await expect(scene.tenants.byDomain('demo.ringdown.test')).rejects.toThrow('away');
    expect(scene.told).toEqual(['directory worked', 'directory failed', 'directory failed']);
  });
});
