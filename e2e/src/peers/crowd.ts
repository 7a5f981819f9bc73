import {
  type Field,
  type FieldHost,
  type LoadPhone,
  type LoadPlan,
  LoadProcess,
  type LoadTransport,
} from '@ringdown/testbed';

export const crowdTenant = 'acme';
export const crowdDomain = 'acme.test';

/** What a crowd is made of. Transports and addresses take turns. */
export interface CrowdOptions {
  /** Begins its phones' names, so that several crowds can be in one field. */
  readonly name: string;
  readonly transports: readonly LoadTransport[];
  readonly localHosts: readonly string[];
  readonly callers: number;
  readonly callees: number;
  /** They ring for ever. */
  readonly silent?: number;
}

export interface Crowd {
  readonly callers: readonly LoadPhone[];
  readonly callees: readonly LoadPhone[];
  readonly silent: readonly LoadPhone[];
}

/** Creates the tenant and a subscriber for each phone; each has a source port of its own. */
export async function makeCrowd(
  field: Field,
  { name, transports, localHosts, callers, callees, silent = 0 }: CrowdOptions,
): Promise<Crowd> {
  const phones = (kind: string, count: number): LoadPhone[] =>
    Array.from({ length: count }, (_, index) => {
      const transport = transports[index % transports.length] ?? 'UDP';
      const username = `${name}-${kind}-${index}-${transport.toLowerCase()}`;
      const localHost = localHosts[Math.floor(index / transports.length) % localHosts.length] ?? '';
      return { username, password: `${username}-secret`, transport, localHost };
    });
  const crowd = {
    callers: phones('caller', callers),
    callees: phones('callee', callees),
    silent: phones('silent', silent),
  };
  // The load's phones know MD5 alone.
  await field.apart.operator.putTenant({ tenantId: crowdTenant, domain: crowdDomain, digestAlgorithms: ['MD5'] });
  await field.apart.operator.importSubscribers(
    crowdTenant,
    Object.values(crowd)
      .flat()
      .map(({ username, password }) => [username, password]),
  );
  return crowd;
}

/** Starts a load by what differs from calls of 5 s, answered after 100 ms, at 20 a second. */
export function startLoad(field: Field, host: FieldHost, plan: Crowd & Partial<LoadPlan>): Promise<LoadProcess> {
  return LoadProcess.start(host, {
    domain: crowdDomain,
    remoteIpv4: field.network.virtualIpv4,
    remoteIpv6: field.network.virtualIpv6,
    trustedPath: field.certificate.certificatePath,
    callsPerSec: 20,
    durationSec: 10,
    talkMs: 5_000,
    ringMs: 100,
    registrationsPerSec: 100,
    refreshSec: 60,
    expiresSec: 600,
    reconnectWithinMs: 5_000,
    ...plan,
  });
}
