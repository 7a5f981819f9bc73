import { canRunWith, type ServiceProcess, ServicesApart } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistrationLoad } from './peers/registration-load.js';

const tenantId = 'acme';
const domain = 'acme.test';
const registrationsPerSec = 40;
const phones = 900;
/** Whoever calls a replica looks for one that was away every two seconds: an orchestrator waits as long before it takes the next (minReadySeconds). */
const reconnectedMs = 4_000;

let apart: ServicesApart;

describe.runIf(canRunWith('nats-server'))('services that are restarted one after another', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    apart = await ServicesApart.start({ locations: 2, registrars: 2, edges: 2 });
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(tenantId, [...names('registrar'), ...names('location')].map(withPassword));
  }, 90_000);
  afterAll(() => apart?.stop());

  function names(service: string): string[] {
    return Array.from({ length: phones }, (_, index) => `${service}-${index}`);
  }

  function withPassword(name: string): [string, string] {
    return [name, `${name}-secret`];
  }

  it.each<[string, () => readonly ServiceProcess[]]>([
    ['registrar', () => apart.registrars],
    ['location', () => apart.locations],
  ])(
    `${registrationsPerSec} registrations a second while each %s ends and comes back: none fails`,
    async (name, services) => {
      const loads = await Promise.all(
        [0, 1].map((edge) =>
          RegistrationLoad.start({
            proxy: apart.sip(edge),
            domain,
            phones: names(name)
              .filter((_, index) => index % 2 === edge)
              .map(withPassword),
            registrationsPerSec: registrationsPerSec / 2,
          }),
        ),
      );
      const exits: unknown[] = [];
      for (const service of services()) {
        exits.push(await service.terminate());
        await service.restart();
        await new Promise((resolve) => setTimeout(resolve, reconnectedMs));
      }
      const results = (await Promise.all(loads.map((load) => load.finished()))).flat();
      const slowest = Math.max(...results.map(({ sentAtMs, answeredAtMs }) => answeredAtMs - sentAtMs));
      process.stdout.write(`${name}: ${results.length} registrations, the slowest after ${slowest.toFixed(0)} ms\n`);
      expect(exits).toEqual([0, 0]);
      expect(results).toHaveLength(phones);
      expect(results.filter(({ statusCode }) => statusCode !== 200)).toEqual([]);
    },
  );
});
