import { directory, type location } from '@ringdown/contracts';
import { computeHa1, type DigestAlgorithm } from '@ringdown/sip-auth';

/** A tenant with everything a test doesn't care about. */
export function tenantOf(tenantId: string, domain: string, over: Partial<directory.Tenant> = {}): directory.Tenant {
  return {
    tenantId,
    canonicalDomain: domain,
    realm: domain,
    digestAlgorithms: [],
    enabled: true,
    version: 1,
    ...over,
  };
}

export function policies(over: Partial<directory.Policies>): directory.Policies {
  return {
    forkMode: directory.ForkMode.PARALLEL,
    recurseOnRedirect: false,
    redirectMode: directory.RedirectMode.PROXY,
    serviceRoute: false,
    mediaRelay: directory.MediaRelay.WHEN_NEEDED,
    conferenceSrtpRequired: false,
    ...over,
  };
}

export function limits(over: Partial<directory.Limits>): directory.Limits {
  return {
    maxContactsPerAor: 10,
    minExpiresSec: 60,
    maxExpiresSec: 3_600,
    defaultExpiresSec: 3_600,
    maxRegistrations: 0,
    maxConcurrentCalls: 0,
    maxCallsPerSec: 0,
    maxRegistrationsPerSec: 0,
    maxConferences: 0,
    maxConferenceMembers: 0,
    maxConferenceMinutesPerMonth: 0,
    ...over,
  };
}

const { MD5, SHA256, SHA512_256 } = directory.DigestAlgorithm;
const algorithms: readonly (readonly [DigestAlgorithm, directory.DigestAlgorithm])[] = [
  ['MD5', MD5],
  ['SHA-256', SHA256],
  ['SHA-512-256', SHA512_256],
];

/** Every test subscriber's password. */
export const passwordOf = (username: string): string => `${username}-secret`;

export function subscriberOf(
  tenant: directory.Tenant,
  username: string,
  over: Partial<directory.Subscriber> = {},
): directory.Subscriber {
  return {
    tenantId: tenant.tenantId,
    username,
    ha1s: algorithms.map(([name, algorithm]) => ({
      algorithm,
      hex: computeHa1(name, username, tenant.realm, passwordOf(username)),
    })),
    identities: [`sip:${username}@${tenant.canonicalDomain}`],
    enabled: true,
    version: 1,
    ...over,
  };
}

export const byDomain = (value: string): directory.Route['match'] => ({ $case: 'domain', value });
export const byPrefix = (value: string): directory.Route['match'] => ({ $case: 'numberPrefix', value });
export const toNextHop = (uri: string): directory.Route['action'] => ({ $case: 'nextHop', value: { uri } });
export const toSession = (service: string): directory.Route['action'] => ({ $case: 'session', value: { service } });
export const toRedirect: directory.Route['action'] = {
  $case: 'redirect',
  value: { statusCode: 302, contacts: [] },
};

export function routeOf(
  match: directory.Route['match'],
  action: directory.Route['action'],
  trustClass: directory.TrustClass = directory.TrustClass.UNTRUSTED,
): directory.Route {
  return { tenantId: '', routeId: 'route', match, action, trustClass, version: 1 };
}

/** The flow of a phone that an edge knows. */
export interface FlowOf {
  readonly edgeId: string;
  readonly incarnation: string;
  readonly flowToken: string;
}

export function bindingOf(
  uri: string,
  flow: FlowOf | undefined,
  over: Partial<location.Binding> = {},
): location.Binding {
  const transport =
    flow === undefined || flow.flowToken.startsWith('udp/')
      ? 'UDP'
      : (flow.flowToken.split('#')[0] ?? '').toUpperCase();
  return {
    bindingKey: uri,
    uri,
    contactParams: '',
    remainingMs: 3_600_000,
    instanceId: '',
    regId: 0,
    path: [],
    flow:
      flow === undefined
        ? undefined
        : { ...flow, receivedTransport: transport, receivedHost: '127.0.0.1', receivedPort: 5_060 },
    userAgent: 'test',
    callId: 'registration',
    cseq: 1,
    updatedAtMs: 0,
    suspended: false,
    ...over,
  };
}
