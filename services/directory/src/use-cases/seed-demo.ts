import { done, type Outcome, type Parsed } from '@ringdown/platform/commands';
import { hashPassword } from '../domain/credentials.js';
import { type DomainName, parseDomainName } from '../domain/domain-name.js';
import { DEFAULT_LIMITS, DEFAULT_POLICIES } from '../domain/tenant.js';
import { parseTenantId, type TenantId } from '../domain/tenant-id.js';
import { parseUsername, type Username } from '../domain/username.js';
import type { DirectoryStore } from '../ports/directory-store.js';
import { putDomain } from './domains.js';
import { putSubscriber, rowOf } from './subscribers.js';
import { putTenant } from './tenants.js';

function constant<T>(result: Parsed<T>): T {
  if (!result.ok) throw new Error(result.detail);
  return result.value;
}

export const DEMO_TENANT: TenantId = constant(parseTenantId('demo'));
export const DEMO_DOMAIN: DomainName = constant(parseDomainName('demo.ringdown.test'));
const DEMO_ALIASES: readonly DomainName[] = ['localhost', '127.0.0.1'].map((host) => constant(parseDomainName(host)));
export const DEMO_USERNAMES: readonly Username[] = ['alice', 'bob', 'carol', 'dave'].map((name) =>
  constant(parseUsername(name)),
);

/** The password that everybody who has read the documentation knows. */
export function knownDemoPassword(username: Username): string {
  return `${username}-demo`;
}

export interface SeedDemoOptions {
  /** Hosts beside localhost and 127.0.0.1 that phones use as the domain, such as the address that SIP listens on. */
  readonly furtherAliases?: readonly string[];
  /** A new subscriber's password; the well-known one by default. Never asked for a subscriber that exists. */
  readonly passwordFor?: (username: Username) => string;
}

export interface SeededDemo {
  /** What was created now; empty on a second start, which changes nothing. */
  readonly createdSubscribers: readonly { readonly username: Username; readonly password: string }[];
  /** Aliases that another tenant has already. */
  readonly refusedAliases: readonly string[];
}

/** Makes sure that the demo tenant, its domains and its four subscribers exist. What exists already stays as it is. */
export async function seedDemo(store: DirectoryStore, options: SeedDemoOptions = {}): Promise<SeededDemo> {
  const passwordFor = options.passwordFor ?? knownDemoPassword;
  if ((await store.tenant(DEMO_TENANT)).value === undefined) {
    required(
      await putTenant(store, DEMO_TENANT, {
        displayName: 'Demo',
        canonicalDomain: DEMO_DOMAIN,
        realm: DEMO_DOMAIN,
        // MD5 alone: the demo is for whatever phone is at hand, and some (libre 1.0 under baresip) give up at a second challenge whose
        // algorithm they don't know, although RFC 8760 §2.4 has them take the one they know. A tenant of real users has the default order.
        digestAlgorithms: ['MD5'],
        limits: DEFAULT_LIMITS,
        policies: DEFAULT_POLICIES,
        enabled: true,
      }),
    );
  }
  const refusedAliases: string[] = [];
  const further = (options.furtherAliases ?? []).map((host) => constant(parseDomainName(host)));
  for (const alias of new Set([...DEMO_ALIASES, ...further])) {
    const outcome = await putDomain(store, DEMO_TENANT, alias);
    if (!outcome.ok) refusedAliases.push(alias);
  }
  const createdSubscribers: { username: Username; password: string }[] = [];
  for (const username of DEMO_USERNAMES) {
    if ((await store.subscriber(DEMO_TENANT, username)).value !== undefined) continue;
    const password = passwordFor(username);
    required(
      await putSubscriber(store, DEMO_TENANT, username, {
        displayName: username[0]!.toUpperCase() + username.slice(1),
        password,
        identities: [],
        maxContactsPerAor: undefined,
        maxConcurrentCalls: undefined,
        enabled: true,
      }),
    );
    createdSubscribers.push({ username, password });
  }
  return { createdSubscribers, refusedAliases };
}

/** The demo subscribers whose stored hashes are those of the well-known passwords: not fit for a bind beyond loopback. */
export async function subscribersWithKnownPasswords(store: DirectoryStore): Promise<readonly Username[]> {
  const tenant = (await store.tenant(DEMO_TENANT)).value;
  if (tenant === undefined) return [];
  const known: Username[] = [];
  for (const username of DEMO_USERNAMES) {
    const stored = (await store.subscriber(DEMO_TENANT, username)).value;
    const expected = hashPassword(username, tenant.realm, knownDemoPassword(username));
    if (stored?.ha1s.sha256 === expected.sha256) known.push(username);
  }
  return known;
}

/** Replaces the demo subscribers' passwords by those of `generate`. They are returned this once; only hashes are kept. */
export async function replaceDemoPasswords(
  store: DirectoryStore,
  generate: () => string,
): Promise<readonly { readonly username: Username; readonly password: string }[]> {
  const replaced: { username: Username; password: string }[] = [];
  for (const username of DEMO_USERNAMES) {
    const password = generate();
    const outcome = await store.transaction<boolean>(async (transaction) => {
      const tenant = await transaction.tenant(DEMO_TENANT);
      const stored = await transaction.subscriber(DEMO_TENANT, username);
      if (tenant === undefined || stored === undefined) return done(false);
      const ha1s = hashPassword(username, tenant.realm, password);
      await transaction.saveSubscriber(DEMO_TENANT, username, { ...rowOf(stored), ha1s });
      return done(true);
    });
    if (required(outcome)) replaced.push({ username, password });
  }
  return replaced;
}

function required<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { failure } = outcome;
  const reason =
    failure.kind === 'not-found'
      ? failure.detail
      : failure.errors.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
  throw new Error(`The demo tenant can't be set up: ${reason}`);
}
