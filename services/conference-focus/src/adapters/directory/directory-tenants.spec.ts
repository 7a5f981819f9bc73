import { describe, expect, it } from 'vitest';
import { FakeDirectory } from '../../testing/fake-directory.js';
import { DirectoryTenants } from './directory-tenants.js';

function scene() {
  const directory = new FakeDirectory();
  const clock = { nowMs: 0 };
  const now = () => clock.nowMs;
  const tenants = new DirectoryTenants({ service: directory, now, timeoutMs: 100, freshMs: 1_000, staleMs: 60_000 });
  return { directory, clock, tenants };
}

describe('tenants as the directory knows them', () => {
  it('have their limits and the policy of SRTP', async () => {
    const { directory, tenants } = scene();
    directory.limits = { maxConferences: 3, maxConferenceMembers: 20, maxConferenceMinutesPerMonth: 1_000 };
    directory.srtpRequired = true;
    expect(await tenants.tenant('acme')).toEqual({
      canonicalDomain: 'acme.test',
      limits: {
        maxConferences: 3,
        maxConferenceMembers: 20,
        maxConferenceMinutesPerMonth: 1_000,
        srtpRequired: true,
      },
    });
  });

  it('are nobody where they are disabled, or not there', async () => {
    const { directory, tenants } = scene();
    expect(await tenants.tenant('nobody')).toBeUndefined();
    directory.isEnabled = false;
    expect(await tenants.tenant('acme')).toBeUndefined();
  });

  it('are as they were a second ago, and a minute ago while the directory is away', async () => {
    const { directory, clock, tenants } = scene();
    await tenants.tenant('acme');
    directory.limits = { maxConferences: 9 };
    clock.nowMs = 999;
    expect((await tenants.tenant('acme'))?.limits.maxConferences).toBe(0);
    directory.isAway = true;
    clock.nowMs = 59_999;
    expect((await tenants.tenant('acme'))?.limits.maxConferences).toBe(0);
    clock.nowMs = 60_000;
    await expect(tenants.tenant('acme')).rejects.toMatchObject({ code: 'unavailable' });
    directory.isAway = false;
    expect((await tenants.tenant('acme'))?.limits.maxConferences).toBe(9);
  });

  it('have subscribers and domains', async () => {
    const { tenants } = scene();
    expect([await tenants.hasSubscriber('acme', 'alice'), await tenants.hasSubscriber('acme', 'daily')]).toEqual([
      true,
      false,
    ]);
    expect([await tenants.canonicalDomain('alias.test'), await tenants.canonicalDomain('else.test')]).toEqual([
      'acme.test',
      undefined,
    ]);
  });
});
