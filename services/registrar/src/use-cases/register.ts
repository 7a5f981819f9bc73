import type { CallContext } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import type { SipRequest } from '@ringdown/sip-message';
import { type Answer, type Refusal, unavailable } from '../domain/answer.js';
import { gruuParams, type SealGruu } from '../domain/gruu.js';
import { bindAnswer, type RegisteredFields, registeredAnswer } from '../domain/outcome.js';
import {
  type Registration,
  type RegistrationPolicy,
  readRegistration,
  registrationHosts,
  registrationTenant,
  type Sender,
} from '../domain/registration.js';
import type { RegistrarTenant } from '../domain/tenant.js';
import type { Bindings } from '../ports/bindings.js';
import type { Outages } from '../ports/outages.js';
import type { Tenants } from '../ports/tenants.js';

export interface RegisterPorts {
  readonly tenants: Tenants;
  readonly bindings: Bindings;
  readonly outages: Outages;
  readonly policy: RegistrationPolicy;
  readonly sealGruu: SealGruu;
  /** Unix time in milliseconds. */
  readonly wallClock: () => number;
  /** How long a device should wait while a dependency is away, in seconds; spread, so that devices don't come back at once. */
  readonly retryAfterSec: () => number;
}

/** A REGISTER with what the platform knows of its sender. */
export interface RegisterRequest {
  readonly request: SipRequest;
  readonly sender: Sender;
  /** The limit of contacts that the sender has of its own; undefined where the tenant's holds. */
  readonly maxContacts: number | undefined;
}

/** An answer, and whose REGISTER it was where that is known. */
export interface Registered {
  readonly answer: Answer;
  readonly tenantId: string | undefined;
  readonly addressOfRecord: string | undefined;
}

/**
 * Answers a REGISTER (RFC 3261 §10.3). It is answered in every case: 503 with Retry-After while location or the directory can't be asked.
 * Rejects only for bugs.
 */
export async function register(ports: RegisterPorts, asked: RegisterRequest, call: CallContext): Promise<Registered> {
  let tenantId: string | undefined;
  let addressOfRecord: string | undefined;
  const answered = (answer: Answer): Registered => ({ answer, tenantId, addressOfRecord });
  try {
    const tenant = await findTenant(ports, asked, call);
    if ('kind' in tenant) return answered(tenant);
    tenantId = tenant.tenantId;
    const registration = readRegistration(asked.request, tenant, asked.sender, ports.policy);
    switch (registration.kind) {
      case 'refusal':
        return answered(registration);
      case 'query': {
        addressOfRecord = registration.addressOfRecord;
        const lookup = { tenantId: registration.tenantId, addressOfRecord };
        const found = await askLocation(ports, () => ports.bindings.lookup(lookup, call));
        return answered(registeredAnswer(found.bindings, fieldsOf(ports, registration), ports.wallClock()));
      }
      case 'bind': {
        addressOfRecord = registration.command.addressOfRecord;
        const { maxContacts = registration.command.maxContacts } = asked;
        const command = { ...registration.command, maxContacts };
        const response = await askLocation(ports, () => ports.bindings.bind(command, call));
        const answer = bindAnswer(response, fieldsOf(ports, registration), ports.wallClock());
        if (answer === undefined) throw new Error('location answered a Bind without an outcome');
        return answered(answer);
      }
    }
  } catch (error) {
    if (isAway(error)) return answered(unavailable(ports.retryAfterSec()));
    throw error;
  }
}

function fieldsOf({ sealGruu }: RegisterPorts, registration: Registration): RegisteredFields {
  const { tenantId, addressOfRecord } = registration.kind === 'query' ? registration : registration.command;
  const { gruu, ...fields } = registration.answer;
  return gruu === undefined ? fields : { ...fields, gruuParams: gruuParams(tenantId, addressOfRecord, sealGruu) };
}

async function findTenant(
  ports: RegisterPorts,
  asked: RegisterRequest,
  { traceparent }: CallContext,
): Promise<RegistrarTenant | Refusal> {
  const hosts = registrationHosts(asked.request);
  if (hosts.kind === 'refusal') return hosts;
  const registrar = await ports.tenants.byDomain(hosts.registrar, traceparent);
  const own =
    hosts.registrar === hosts.addressOfRecord
      ? registrar
      : await ports.tenants.byDomain(hosts.addressOfRecord, traceparent);
  return registrationTenant(registrar, own);
}

/** Asks location, and tells how that went. */
async function askLocation<T>(ports: RegisterPorts, call: () => Promise<T>): Promise<T> {
  try {
    const answer = await call();
    ports.outages.worked('location');
    return answer;
  } catch (error) {
    if (isAway(error)) ports.outages.failed('location', error);
    throw error;
  }
}

/** A call that is cut off when its server ends is reported as cancelled; the registrar itself cancels none. */
function isAway(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    (error.code === 'unavailable' ||
      error.code === 'deadline' ||
      error.code === 'resource-exhausted' ||
      error.code === 'cancelled')
  );
}
