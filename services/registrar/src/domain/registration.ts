import type { location } from '@ringdown/contracts';
import {
  type ContactValue,
  addressOfRecord as canonicalForm,
  Header,
  parseAddressList,
  parseContacts,
  parseUri,
  type SipRequest,
} from '@ringdown/sip-message';
import { type Refusal, refuse } from './answer.js';
import { type ContactCircumstances, readContact } from './contact.js';
import { senderSentBy } from './contact-flow.js';
import { briefestExpiry, requestedExpiry, spreadExpiry } from './expiry.js';
import { readOutbound, says } from './outbound.js';
import type { RegistrarTenant, TenantId } from './tenant.js';

/** Who sent a REGISTER and where it came in, by the word of the edge that took it. */
export interface Sender {
  /** The canonical address of record that the sender proved to act for; undefined if it proved nothing. */
  readonly addressOfRecord: string | undefined;
  /** True for another part of the platform, which may act for anyone. */
  readonly isPlatform: boolean;
  readonly flow: location.Flow;
}

/** What a well-formed, allowed REGISTER asks for. */
export type Registration =
  | {
      readonly kind: 'query';
      readonly tenantId: TenantId;
      readonly addressOfRecord: string;
      readonly answer: AnswerFields;
    }
  | { readonly kind: 'bind'; readonly command: location.BindRequest; readonly answer: AnswerFields };

/** What the 200 says beside the bindings. */
export interface AnswerFields {
  /** The Path that the request came with. */
  readonly path: readonly string[];
  /** The transport of the flow that is kept by RFC 5626; undefined where none is. */
  readonly flowTransport?: string;
  /** The URI that the device shall send its requests to; absent where it shall go on as it does. */
  readonly serviceRoute?: string;
  /** Whether the device is to be told its GRUUs (RFC 5627). */
  readonly gruu?: true;
}

/** The hosts whose tenants a REGISTER concerns. */
export interface RegistrationHosts {
  readonly kind: 'hosts';
  /** Of the Request-URI: the domain whose registrar is addressed. */
  readonly registrar: string;
  /** Of the To: the domain of the address of record. */
  readonly addressOfRecord: string;
}

/** RFC 3261 §10.3 step 1, first half: which domains are addressed. */
export function registrationHosts(request: SipRequest): RegistrationHosts | Refusal {
  const target = request.uri;
  const to = parseUri(request.to.uri);
  if (to.kind === 'failure') return refuse(400, `To: ${to.reason}`);
  // RFC 3261 §8.2.2.1.
  if (target.kind !== 'sip') return refuse(416);
  // RFC 3261 §10.3 step 5: no address of record of this domain.
  if (to.kind !== 'sip' || to.user === undefined) return refuse(404, 'Not an address of record');
  return { kind: 'hosts', registrar: target.host, addressOfRecord: to.host };
}

/** The tenant that a REGISTER concerns, of those that its hosts belong to (RFC 3261 §10.3 steps 1 and 5). */
export function registrationTenant(
  registrar: RegistrarTenant | undefined,
  addressOfRecord: RegistrarTenant | undefined,
): RegistrarTenant | Refusal {
  if (registrar === undefined || addressOfRecord === undefined) return refuse(404, 'Unknown domain');
  if (registrar.tenantId !== addressOfRecord.tenantId) return refuse(404, 'The address of record is of another domain');
  return registrar.enabled ? registrar : refuse(403, 'The domain is disabled');
}

/** What the registrar does that RFCs leave to it. */
export interface RegistrationPolicy {
  /** Store a Path although the device doesn't say that it knows the extension. */
  readonly pathWithoutSupport: boolean;
  /** The share of an expiry, 0 to 1, that may be taken off so that phones spread: see `spreadExpiry`. */
  readonly expirySpread: number;
}

/**
 * Reads a REGISTER of the given tenant (RFC 3261 §10.3 steps 4 to 7): what location is to do, or why it is refused. What depends on
 * earlier requests (Call-ID and CSeq order, the number of contacts) is location's to check, in the same step that writes.
 */
export function readRegistration(
  request: SipRequest,
  tenant: RegistrarTenant,
  sender: Sender,
  policy: RegistrationPolicy,
): Registration | Refusal {
  const to = parseUri(request.to.uri);
  if (to.kind !== 'sip') return refuse(404, 'Not an address of record');
  // RFC 3261 §10.3 step 5, within a tenant: all of its domains are aliases of the canonical one.
  const addressOfRecord = canonicalForm({ ...to, host: tenant.canonicalDomain });
  // RFC 3261 §10.3 step 4: whoever is not allowed to change these bindings gets 403; it may not read them either.
  if (!sender.isPlatform && sender.addressOfRecord !== addressOfRecord) {
    return refuse(403, `Not allowed to register ${addressOfRecord}`);
  }
  const path = readPath(request, policy);
  if ('kind' in path) return path;

  const contacts = parseContacts(request);
  if (contacts === '*') return readRemoval(request, tenant, addressOfRecord);
  if (isFailure(contacts)) return refuse(400, contacts.reason);
  if (contacts.length === 0) {
    return {
      kind: 'query',
      tenantId: tenant.tenantId,
      addressOfRecord,
      answer: { path: [], ...wishes(request, tenant) },
    };
  }
  const outbound = readOutbound(request, contacts);
  if (typeof outbound !== 'boolean') return outbound;
  return readBinding(request, tenant, addressOfRecord, contacts, {
    requestedSec: requestedExpiry(request),
    granted: (expiresSec) => spreadExpiry(expiresSec, policy.expirySpread, request, tenant.expiry),
    bounds: tenant.expiry,
    path: path.values,
    flow: sender.flow,
    sentBy: senderSentBy(request),
    outbound,
    ownHosts: [tenant.canonicalDomain, to.host, request.uri.kind === 'sip' ? request.uri.host : to.host],
    userAgent: request.value(Header.UserAgent) ?? '',
  });
}

function isFailure<T>(value: T): value is Extract<T, { readonly kind: 'failure' }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'failure';
}

/** RFC 3261 §10.3 step 6: a star removes everything, and says nothing else. */
function readRemoval(request: SipRequest, tenant: RegistrarTenant, addressOfRecord: string): Registration | Refusal {
  if (requestedExpiry(request) !== 0) return refuse(400, 'Contact: * needs Expires: 0');
  return { kind: 'bind', answer: { path: [] }, command: command(request, tenant, addressOfRecord, [], true) };
}

function readBinding(
  request: SipRequest,
  tenant: RegistrarTenant,
  addressOfRecord: string,
  values: readonly ContactValue[],
  circumstances: ContactCircumstances,
): Registration | Refusal {
  const contacts = new Map<string, location.Contact>();
  for (const value of values) {
    const reading = readContact(value, circumstances);
    if (reading.kind === 'malformed') return refuse(400, reading.reason);
    if (reading.kind === 'too-brief') {
      // RFC 3261 §10.3 step 7, §21.4.17.
      return refuse(423, undefined, [[Header.MinExpires, String(briefestExpiry(tenant.expiry))]]);
    }
    // RFC 5627 §5.1: a GRUU leads to a contact, so as a contact it would lead to itself.
    if (reading.kind === 'own-gruu') return refuse(403, 'A GRUU of this domain can not be a contact');
    // The same contact twice in one request: step 7 takes them in turn, so the last one holds.
    contacts.delete(reading.contact.bindingKey);
    contacts.set(reading.contact.bindingKey, reading.contact);
  }
  return {
    kind: 'bind',
    answer: {
      path: circumstances.path,
      ...wishes(request, tenant),
      ...(circumstances.outbound ? { flowTransport: circumstances.flow.receivedTransport } : {}),
    },
    command: command(request, tenant, addressOfRecord, [...contacts.values()], false),
  };
}

/** What the 200 says to every registered device that knows it, or whose tenant wants it. */
function wishes(request: SipRequest, tenant: RegistrarTenant): Pick<AnswerFields, 'gruu' | 'serviceRoute'> {
  const { uri } = request;
  return {
    // RFC 5627 §5.2: GRUUs are for devices that know them.
    ...(says(request, 'gruu') ? { gruu: true } : {}),
    // RFC 3608 §6.3: a route of the registrar's choice. The domain that the device has asked leads to every edge, and every edge takes it off.
    ...(tenant.serviceRoute && uri.kind === 'sip' ? { serviceRoute: `${uri.scheme}:${uri.host};lr` } : {}),
  };
}

function command(
  request: SipRequest,
  tenant: RegistrarTenant,
  addressOfRecord: string,
  contacts: location.Contact[],
  removeAll: boolean,
): location.BindRequest {
  return {
    tenantId: tenant.tenantId,
    addressOfRecord,
    callId: request.callId,
    cseq: request.cseq.number,
    contacts,
    removeAll,
    maxContacts: tenant.maxContacts,
    maxRegistrations: tenant.maxRegistrations,
  };
}

/** RFC 3327 §5.3: the Path that the bindings will be reached through, topmost first. */
function readPath(request: SipRequest, policy: RegistrationPolicy): { readonly values: readonly string[] } | Refusal {
  const addresses = parseAddressList(request, Header.Path);
  if (isFailure(addresses)) return refuse(400, `Path: ${addresses.reason}`);
  if (addresses.length === 0) return { values: [] };
  // RFC 3327 §5.3: a device that doesn't know Path can't check what was put into its request on the way.
  if (!says(request, 'path') && !policy.pathWithoutSupport)
    return refuse(420, undefined, [[Header.Unsupported, 'path']]);
  return { values: request.list(Header.Path) };
}
