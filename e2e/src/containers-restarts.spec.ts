import { listBindings } from '@ringdown/testbed';
import { TestUserAgent } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ComposeProject } from './containers/compose-project.js';
import { ContainedPlatform, containedLabel } from './containers/contained-platform.js';
import { ContainerEngine, canRunContainers } from './containers/container-engine.js';
import { SteadyTraffic, tally } from './containers/steady-traffic.js';

const tenantId = 'acme';
const domain = 'acme.test';
const registeringUsers = Array.from({ length: 12 }, (_, index) => `phone${index}`);
const users = ['caller', 'callee', 'moving', ...registeringUsers];
const callEveryMs = 250;
const registerEveryMs = 150;
const beforeMs = 3_000;
/** From when the restarted server answers: pools and clients connect anew, and what was refused meanwhile isn't tried again at once. */
const healMs = 10_000;
const afterMs = 4_000;

describe.runIf(canRunContainers())(
  'Postgres and NATS in containers that restart under traffic',
  { timeout: 120_000 },
  () => {
    let engine: ContainerEngine;
    let platform: ContainedPlatform;
    const phones: TestUserAgent[] = [];
    let callsCompleted = 0;

    const phone = async (user: string, edge: number): Promise<TestUserAgent> => {
      const outboundProxy = platform.sip(edge);
      const host = outboundProxy.host.replace(/\.\d+$/, '.1');
      const opened = await TestUserAgent.open({ user, domain, password: `${user}-secret`, host, outboundProxy });
      phones.push(opened);
      await expect.poll(async () => (await opened.register()).statusCode, { timeout: 20_000, interval: 500 }).toBe(200);
      return opened;
    };

    /** Traffic through both edges while `disturb` happens; returns it with when it was healed. */
    const trafficDuring = async (disturb: () => Promise<void>) => {
      const [caller, callee] = [await phone('caller', 0), await phone('callee', 1)];
      const registering = await Promise.all(registeringUsers.map((user, index) => phone(user, index % 2)));
      const traffic = new SteadyTraffic({ caller, callee, registering, callEveryMs, registerEveryMs });
      await pause(beforeMs);
      const disturbedAtMs = performance.now();
      await disturb();
      const restartedAtMs = performance.now();
      await pause(healMs + afterMs);
      await traffic.stop();
      callsCompleted += traffic.calls.filter(({ outcome }) => outcome === 'ok').length;
      const downSec = ((restartedAtMs - disturbedAtMs) / 1_000).toFixed(1);
      const lastFailedSec = [...traffic.calls, ...traffic.registrations]
        .filter(({ outcome }) => outcome !== 'ok')
        .map(({ atMs }) => ((atMs - restartedAtMs) / 1_000).toFixed(1))
        .at(-1);
      process.stdout.write(
        `containers: restarted in ${downSec} s: calls ${JSON.stringify(tally(traffic.calls))}, registrations ${JSON.stringify(tally(traffic.registrations))}` +
          `${lastFailedSec === undefined ? '' : `, the last that failed was begun ${lastFailedSec} s after it`}\n`,
      );
      const healed = ({ atMs }: { readonly atMs: number }): boolean => atMs > restartedAtMs + healMs;
      return {
        traffic,
        registering,
        healedCalls: traffic.calls.filter(healed),
        healedRegistrations: traffic.registrations.filter(healed),
      };
    };

    beforeAll(async () => {
      engine = await ContainerEngine.start();
      // Built already where docker-compose.yml was tested before.
      await new ComposeProject(engine).compose(['build', '--quiet'], {}, 590_000);
      // What is left is removed by its label; Ryuk is an image that there may be no registry for.
      Object.assign(process.env, engine.environment, { TESTCONTAINERS_RYUK_DISABLED: 'true' });
      const startedAt = performance.now();
      platform = await ContainedPlatform.start(2);
      process.stdout.write(
        `containers: Postgres, NATS and services took ${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`,
      );
      await platform.operator.putTenant({ tenantId, domain, digestAlgorithms: ['SHA-256'] });
      await platform.operator.importSubscribers(
        tenantId,
        users.map((user) => [user, `${user}-secret`]),
      );
    }, 900_000);

    afterEach(async () => {
      await Promise.all(phones.splice(0).map((each) => each.close()));
    });

    afterAll(async () => {
      await platform?.stop();
      const [[name, value]] = Object.entries(containedLabel) as [[string, string]];
      const left = await engine?.docker(['ps', '--all', '--quiet', '--filter', `label=${name}=${value}`]);
      if (left) await engine.docker(['rm', '--force', '--volumes', ...left.split('\n')]);
      await engine?.stop();
    }, 60_000);

    it('Postgres restarts: calls between known phones go on, registrations heal, and what was acknowledged is kept', async () => {
      const { traffic, registering, healedCalls, healedRegistrations } = await trafficDuring(() =>
        platform.postgres.restart({ timeout: 10_000 }),
      );
      // Whom edges know is called as before, whatever Postgres does.
      expect(tally(traffic.calls)).toEqual({ ok: traffic.calls.length });
      expect(healedCalls.length).toBeGreaterThan(0);
      expect(healedRegistrations.length).toBeGreaterThan(0);
      expect(tally(healedRegistrations)).toEqual({ ok: healedRegistrations.length });
      const bindings = await listBindings(platform.location, tenantId);
      const bound = registeringUsers.map((user) => bindings.get(user)?.map(({ uri }) => uri));
      // Each phone's latest contact, once: it was told 200.
      for (const [index, agent] of registering.entries()) expect(bound[index]).toContain(agent.contactUri);
    });

    it('NATS restarts: calls and registrations heal, and edges learn of changes again', async () => {
      const { healedCalls, healedRegistrations } = await trafficDuring(() =>
        platform.nats.restart({ timeout: 10_000 }),
      );
      expect(healedCalls.length).toBeGreaterThan(0);
      expect(healedRegistrations.length).toBeGreaterThan(0);
      expect(tally(healedCalls)).toEqual({ ok: healedCalls.length });
      expect(tally(healedRegistrations)).toEqual({ ok: healedRegistrations.length });

      // Edge 1 has called it where it was; the change that it is told of says where it is now.
      const [caller, before] = [await phone('caller', 0), await phone('moving', 1)];
      const first = caller.call(before.addressOfRecord);
      (await before.nextCall()).answer();
      await first.established();
      await first.bye();
      await before.unregister();
      const now = await phone('moving', 1);
      const second = caller.call(now.addressOfRecord);
      (await now.nextCall()).answer();
      await second.established();
      await second.bye();
      callsCompleted += 2;
    });

    it('every call that was completed has one record, which is ended, and no call has two', async () => {
      expect(callsCompleted).toBeGreaterThan(50);
      const records = async () => {
        const [row = ''] = await platform.query(
          "select count(*) filter (where state = 'ended'), count(*), count(distinct sip_call_id) from accounting.call_records",
        );
        const [ended = 0, all = 0, calls = 0] = row.split('|').map(Number);
        return { hasAllCompleted: ended >= callsCompleted, doubled: all - calls };
      };
      await expect.poll(records, { timeout: 30_000, interval: 1_000 }).toEqual({ hasAllCompleted: true, doubled: 0 });
    });
  },
);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
