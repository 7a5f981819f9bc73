import { ServicesApart } from '@ringdown/testbed';
import type { Part, System } from './system.js';

export const tenantId = 'bench';
const domain = 'bench.test';
/** Whoever calls from here is admitted without a challenge: the tenant has a route to it. */
export const trunkDomain = 'carrier.test';

export interface RingdownOptions {
  readonly name: string;
  readonly subscribers: readonly (readonly [username: string, password: string])[];
  /** Where calls of the trunk's domain come from and go to; its host is the one that is admitted. */
  readonly trunkPort: number;
  /** 1 unless told. */
  readonly edges?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The platform with every service in a process of its own, one tenant, and a trunk to another domain. */
export interface RingdownSystem extends System {
  readonly apart: ServicesApart;
}

/** Starts the built services with all of an edge's normal work on: events to nats-server, one call in a hundred traced. */
export async function startRingdown(options: RingdownOptions): Promise<RingdownSystem> {
  const environment = { RINGDOWN_LOG_LEVEL: 'warn', ...options.environment };
  const apart = await ServicesApart.start({ locations: 1, registrars: 1, edges: options.edges ?? 1, environment });
  try {
    // Digest with MD5 is all that sipp knows.
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(tenantId, options.subscribers);
    await apart.operator.putDomainRoute(tenantId, 'trunk', trunkDomain, `sip:127.0.0.1:${options.trunkPort}`);
  } catch (error) {
    await apart.stop();
    throw error;
  }
  return { name: options.name, sip: apart.sip(0), domain, parts: partsOf(apart), apart, stop: () => apart.stop() };
}

function partsOf(apart: ServicesApart): readonly Part[] {
  return [
    ...apart.services.map((service) => ({ name: service.name, pid: service.pid })),
    { name: 'nats-server', pid: apart.nats.pid },
    { name: 'postgres', pid: apart.postgres.pid },
  ];
}
