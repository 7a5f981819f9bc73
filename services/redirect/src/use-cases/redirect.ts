import type { CallContext, location } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import { unescapeUri } from '@ringdown/sip-message';
import { type Answer, refuse, unavailable } from '../domain/answer.js';
import { redirectContacts } from '../domain/contacts.js';
import { chooseRedirection, type Side } from '../domain/redirection.js';
import { type Requested, readRequested } from '../domain/requested.js';
import type { RedirectTenant } from '../domain/tenant.js';
import type { Outages } from '../ports/outages.js';
import type { RedirectDirectory } from '../ports/redirect-directory.js';

export interface RedirectPorts {
  readonly directory: RedirectDirectory;
  readonly bindings: Pick<location.LocationService, 'lookup'>;
  readonly outages: Outages;
  /** How long a caller should wait while a dependency is away, in seconds. */
  readonly retryAfterSec: () => number;
}

/** What is asked for, and on whose behalf. */
export interface RedirectRequest {
  readonly requestUri: string;
  /** The tenant of the caller, by the word of the edge; undefined for a stranger. */
  readonly originatingTenantId: string | undefined;
}

/** An answer, and whose routes decided where that is known. */
export interface Redirected {
  readonly answer: Answer;
  readonly tenantId: string | undefined;
}

/** Thrown to the one place that answers 503. */
class DependencyAway extends Error {}

/**
 * Answers a request with other places to ask (RFC 3261 §8.3, §21.3). It is answered in every case: 503 with Retry-After while location
 * or the directory can't be asked. Rejects only for bugs.
 */
export async function redirect(ports: RedirectPorts, asked: RedirectRequest, call: CallContext): Promise<Redirected> {
  let tenantId: string | undefined;
  try {
    const requested = readRequested(asked.requestUri);
    if (requested.kind === 'refusal') return { answer: requested, tenantId };
    const owner = await findOwner(ports, requested, asked.originatingTenantId, call);
    if (owner === undefined) return { answer: refuse(404, 'Unknown domain'), tenantId };
    tenantId = owner.tenant.tenantId;
    return { answer: await answerFor(ports, requested, owner, call), tenantId };
  } catch (error) {
    if (error instanceof DependencyAway) return { answer: unavailable(ports.retryAfterSec()), tenantId };
    throw error;
  }
}

interface Owner {
  readonly tenant: RedirectTenant;
  readonly side: Side;
}

/** The tenant whose routes decide: that of the domain asked for, else the caller's own, which routes to outside. */
async function findOwner(
  ports: RedirectPorts,
  requested: Requested,
  originatingTenantId: string | undefined,
  { traceparent }: CallContext,
): Promise<Owner | undefined> {
  const { host } = requested;
  if (host !== undefined) {
    const called = await ask(ports, 'directory', () => ports.directory.byDomain(host, traceparent));
    if (called !== undefined) return { tenant: called, side: 'own' };
  }
  if (originatingTenantId === undefined) return undefined;
  const caller = await ask(ports, 'directory', () => ports.directory.byId(originatingTenantId, traceparent));
  return caller === undefined ? undefined : { tenant: caller, side: 'outside' };
}

async function answerFor(
  ports: RedirectPorts,
  requested: Requested,
  { tenant, side }: Owner,
  call: CallContext,
): Promise<Answer> {
  const { tenantId } = tenant;
  const routes = await ask(ports, 'directory', () => ports.directory.routes(tenantId, call.traceparent));
  const redirection = chooseRedirection(tenant, side, requested, routes);
  if (redirection.kind === 'refusal') return redirection;
  const { addressOfRecord, statusCode } = redirection;
  const bound =
    addressOfRecord === undefined
      ? []
      : (await ask(ports, 'location', () => ports.bindings.lookup({ tenantId, addressOfRecord }, call))).bindings;
  // A phone whose edge is silent can't be reached there.
  const reachable = bound.filter(({ suspended }) => !suspended);
  const headers = redirectContacts(redirection, reachable, requested);
  if (headers.length > 0) return { statusCode, reasonPhrase: undefined, headers };
  if (addressOfRecord === undefined) return refuse(404, 'The route leads nowhere else');
  // RFC 3261 §21.4.18 and §21.4.5: nobody at home, or nobody of that name.
  const known = await ask(ports, 'directory', () =>
    ports.directory.hasSubscriber(tenantId, unescapeUri(requested.user), call.traceparent),
  );
  return known ? refuse(480) : refuse(404, 'Unknown user');
}

async function ask<T>(ports: RedirectPorts, dependency: 'location' | 'directory', call: () => Promise<T>): Promise<T> {
  try {
    const answer = await call();
    ports.outages.worked(dependency);
    return answer;
  } catch (error) {
    if (!isAway(error)) throw error;
    ports.outages.failed(dependency, error);
    throw new DependencyAway(dependency, { cause: error });
  }
}

/** A call that is cut off when its server ends is reported as cancelled; the redirect server itself cancels none. */
function isAway(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    (error.code === 'unavailable' ||
      error.code === 'deadline' ||
      error.code === 'resource-exhausted' ||
      error.code === 'cancelled')
  );
}
