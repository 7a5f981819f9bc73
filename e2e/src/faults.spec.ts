import {
  canRunWith,
  freePorts,
  listBindings,
  ServicesApart,
  Sipp,
  type SippStatistics,
  sippRow,
} from '@ringdown/testbed';
import { afterEach, describe, expect, it } from 'vitest';
import { RegistrationLoad, type RegistrationResult } from './peers/registration-load.js';

const tenantId = 'acme';
const domain = 'acme.test';
const registrationsPerSec = 200;
/** When the fault comes, when it is mended, and how long the load lasts in all. */
const faultAtMs = 2_500;
const mendedAtMs = 6_000;
const loadSec = 14;
/** Long enough for the longest wait between two attempts to connect again. */
const recoveryMs = 4_000;

const ending: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

interface Fault {
  readonly locations: number;
  readonly happens: (apart: ServicesApart) => Promise<void>;
  readonly isMended: (apart: ServicesApart) => Promise<void>;
}

interface Outcome {
  readonly registrations: readonly RegistrationResult[];
  /** When the fault was there, and when everything was up again. */
  readonly brokenAtMs: number;
  readonly mendedAtMs: number;
  readonly calls: SippStatistics;
  /** Registrations that got a 200 and whose binding location doesn't list. */
  readonly lost: readonly string[];
  /** What the services logged as warnings and errors, and how often. */
  readonly complaints: ReadonlyMap<string, number>;
}

/** 200 registrations and one call each second while the fault comes and goes. The call's phones registered, and called each other, before. */
async function underLoad(fault: Fault): Promise<Outcome> {
  const apart = await ServicesApart.start({ locations: fault.locations, registrars: 1, edges: 1 });
  ending.push(() => apart.stop());
  const phones = Array.from({ length: registrationsPerSec * loadSec }, (_, i) => [`phone${i}`, `secret${i}`] as const);
  const people = [
    ['anna', 'anna-secret'],
    ['ben', 'ben-secret'],
  ] as const;
  await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
  await apart.operator.importSubscribers(tenantId, [...phones, ...people]);

  const play = (options: Omit<Parameters<typeof Sipp.start>[0], 'proxy'>) => {
    const sipp = Sipp.start({ proxy: apart.sip(0), talkMs: 300, ...options });
    ending.push(() => sipp.stop());
    return sipp;
  };
  const [annasPort, bensPort] = [await freePorts(1), await freePorts(1)];
  for (const [[username, password], port] of [[people[0], annasPort] as const, [people[1], bensPort] as const]) {
    const registering = play({ scenario: 'register.xml', rows: [sippRow(username, password, domain)], port });
    await registering.finished(10_000);
  }
  play({ scenario: 'callee.xml', port: bensPort });
  const annaCalls = (times: number) =>
    play({
      scenario: 'caller.xml',
      rows: Array.from({ length: times }, () => sippRow(...people[0], domain, 'ben')),
      port: annasPort,
      callsPerSec: 1,
    });
  await annaCalls(1).finished(10_000);

  const load = await RegistrationLoad.start({ proxy: apart.sip(0), domain, phones, registrationsPerSec });
  ending.push(async () => load.close());
  const calling = annaCalls(loadSec);
  await until(() => load.elapsedMs >= faultAtMs);
  const brokenAtMs = load.elapsedMs;
  await fault.happens(apart);
  await until(() => load.elapsedMs >= mendedAtMs);
  await fault.isMended(apart);
  const upAgainAtMs = load.elapsedMs;
  const registrations = await load.finished();
  const calls = await calling.finished(30_000);

  const bound = await listBindings(apart.locations[0]?.grpc ?? '', tenantId);
  const lost = registrations
    .filter(({ statusCode, username, contact }) => {
      return statusCode === 200 && bound.get(username)?.some((binding) => binding.uri === contact) !== true;
    })
    .map(({ username }) => username);
  return { registrations, brokenAtMs, mendedAtMs: upAgainAtMs, calls, lost, complaints: apart.complaints() };
}

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** How many registrations ended with each status; `silence` is no answer. */
function tally(registrations: readonly RegistrationResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { statusCode } of registrations) {
    const name = String(statusCode ?? 'silence');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function report(what: string, { registrations, brokenAtMs, mendedAtMs, calls, lost, complaints }: Outcome): void {
  const refused = registrations.filter(({ statusCode }) => statusCode !== 200).map(({ answeredAtMs }) => answeredAtMs);
  const slowestMs = Math.max(...registrations.map(({ sentAtMs, answeredAtMs }) => answeredAtMs - sentAtMs));
  process.stdout.write(
    `${what}: registrations ${JSON.stringify(tally(registrations))}, refused ${refused.length === 0 ? 'never' : `from ${Math.min(...refused).toFixed(0)} to ${Math.max(...refused).toFixed(0)} ms`}, ` +
      `down from ${brokenAtMs.toFixed(0)} to ${mendedAtMs.toFixed(0)} ms, slowest answer ${slowestMs.toFixed(0)} ms, ` +
      `lost ${lost.length}; calls ${calls.successful}, failed ${calls.failed}; logged ${JSON.stringify([...complaints])}\n`,
  );
}

/**
 * What a device was told wrongly. Before the fault and after the recovery it gets a 200; meanwhile, where the fault allows a refusal, a 503 that
 * says when to come back.
 */
function wrongAnswers({ registrations, brokenAtMs, mendedAtMs }: Outcome, isRefusedMeanwhile: boolean): string[] {
  return registrations
    .filter(({ statusCode, hasRetryAfter, sentAtMs, answeredAtMs }) => {
      if (statusCode === 200) return false;
      const isMeanwhile = answeredAtMs >= brokenAtMs && sentAtMs <= mendedAtMs + recoveryMs;
      return !(isRefusedMeanwhile && isMeanwhile && statusCode === 503 && hasRetryAfter);
    })
    .map(
      ({ username, statusCode, sentAtMs }) =>
        `${username}, sent at ${sentAtMs.toFixed(0)} ms: ${statusCode ?? 'silence'}`,
    );
}

const faults: readonly (Fault & { readonly what: string; readonly isRefusedMeanwhile: boolean })[] = [
  {
    what: 'the only location',
    locations: 1,
    happens: async (apart) => apart.locations[0]?.kill9(),
    isMended: async (apart) => apart.locations[0]?.restart(),
    isRefusedMeanwhile: true,
  },
  {
    what: 'Postgres',
    locations: 1,
    happens: (apart) => apart.postgres.kill9(),
    isMended: (apart) => apart.postgres.restart(),
    isRefusedMeanwhile: true,
  },
  {
    what: 'one of two locations',
    locations: 2,
    happens: async (apart) => apart.locations[0]?.kill9(),
    isMended: async (apart) => apart.locations[0]?.restart(),
    isRefusedMeanwhile: false,
  },
];

describe.runIf(canRunWith('nats-server', 'sipp'))('kill -9 during registrations', { timeout: 90_000 }, () => {
  it.each(faults)(
    '$what: no silence, every acknowledged binding is kept, calls go on; refused meanwhile: $isRefusedMeanwhile',
    async ({ what, isRefusedMeanwhile, ...fault }) => {
      const outcome = await underLoad(fault);
      report(what, outcome);
      const refused = outcome.registrations.filter(({ statusCode }) => statusCode === 503);

      expect(outcome.registrations).toHaveLength(registrationsPerSec * loadSec);
      expect(wrongAnswers(outcome, isRefusedMeanwhile)).toEqual([]);
      expect(refused.length > registrationsPerSec).toBe(isRefusedMeanwhile);
      expect(outcome.lost).toEqual([]);
      // An outage is one line, not one for each message; it may flicker once while it is mended.
      expect([...outcome.complaints].filter(([, times]) => times > 2)).toEqual([]);
      expect(outcome.calls).toMatchObject({ successful: loadSec, failed: 0 });
    },
  );
});
