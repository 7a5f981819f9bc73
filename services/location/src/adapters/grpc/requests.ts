import { isTenantToken, type location } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import type { BindCommand, Contact } from '../../domain/bind.js';
import { everyBinding, type ReceivingFlow } from '../../domain/binding.js';
import type { FlowOwnerId, RenewCommand } from '../../domain/flow-owner.js';
import { requestDigest } from '../../domain/request-digest.js';
import type { UnbindCommand } from '../../domain/unbind.js';

const maxTextLength = 4096;
const maxContacts = 100;
const maxPath = 20;
// RFC 3261 §8.1.1.5: a CSeq is less than 2^31.
const maxCseq = 0x7fff_ffff;

function refuse(field: string, expected: string): never {
  throw new ServiceError('invalid', `${field} ${expected}`, { field });
}

function text(field: string, value: string, o: { readonly empty?: boolean } = {}): string {
  if (value === '' && o.empty !== true) refuse(field, 'is missing');
  if (value.length > maxTextLength) refuse(field, `is longer than ${maxTextLength} characters`);
  // Postgres stores no NUL, and a line break has no place in a header field's value.
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code === 10 || code === 13) refuse(field, `has a control character at ${i}`);
  }
  return value;
}

export function tenantOf(tenantId: string): string {
  if (!isTenantToken(tenantId)) refuse('tenant_id', 'is not a tenant id');
  return tenantId;
}

export function addressOf(addressOfRecord: string): string {
  return text('address_of_record', addressOfRecord);
}

/** The command that a request is. Throws ServiceError `invalid` naming the field. */
export function bindCommand(request: location.BindRequest): BindCommand {
  const { contacts, removeAll } = request;
  if (removeAll && contacts.length > 0) refuse('contacts', 'must be empty with remove_all (RFC 3261 §10.2.2)');
  if (!removeAll && contacts.length === 0) refuse('contacts', 'is empty; ask Lookup for the bindings');
  if (contacts.length > maxContacts) refuse('contacts', `has more than ${maxContacts} elements`);
  if (request.cseq > maxCseq) refuse('cseq', 'is not less than 2^31');
  const keys = new Set(contacts.map((contact) => contact.bindingKey));
  if (keys.size !== contacts.length) refuse('contacts', 'has a binding_key twice');
  const checked = contacts.map(contactOf);
  return {
    kind: 'bind',
    tenantId: tenantOf(request.tenantId),
    addressOfRecord: addressOf(request.addressOfRecord),
    callId: text('call_id', request.callId),
    cseq: request.cseq,
    contacts: checked,
    removeAll,
    maxContacts: request.maxContacts,
    maxRegistrations: request.maxRegistrations ?? 0,
    requestDigest: requestDigest(checked, removeAll),
  };
}

function contactOf(contact: location.Contact): Contact {
  if (contact.bindingKey === everyBinding) refuse('contacts.binding_key', 'is reserved');
  const { qThousandths } = contact;
  if (qThousandths !== undefined && qThousandths > 1000) refuse('contacts.q_thousandths', 'is greater than 1000');
  if (contact.path.length > maxPath) refuse('contacts.path', `has more than ${maxPath} elements`);
  return {
    bindingKey: text('contacts.binding_key', contact.bindingKey),
    uri: text('contacts.uri', contact.uri),
    contactParams: text('contacts.contact_params', contact.contactParams, { empty: true }),
    expiresSec: contact.expiresSec,
    qThousandths,
    instanceId: text('contacts.instance_id', contact.instanceId, { empty: true }),
    regId: contact.regId,
    path: contact.path.map((value) => text('contacts.path', value)),
    flow: flowOf(contact.flow),
    userAgent: text('contacts.user_agent', contact.userAgent, { empty: true }),
  };
}

const noFlow: ReceivingFlow = { token: '', edgeId: '', incarnation: '', transport: '', host: '', port: 0 };

function flowOf(flow: location.Flow | undefined): ReceivingFlow {
  if (flow === undefined) return noFlow;
  if (flow.receivedPort > 65_535) refuse('contacts.flow.received_port', 'is not a port');
  return {
    token: text('contacts.flow.flow_token', flow.flowToken, { empty: true }),
    edgeId: text('contacts.flow.edge_id', flow.edgeId, { empty: true }),
    incarnation: text('contacts.flow.incarnation', flow.incarnation, { empty: true }),
    transport: text('contacts.flow.received_transport', flow.receivedTransport, { empty: true }),
    host: text('contacts.flow.received_host', flow.receivedHost, { empty: true }),
    port: flow.receivedPort,
  };
}

/** The command that a request is. Throws ServiceError `invalid` naming the field. */
export function unbindCommand(request: location.UnbindRequest): UnbindCommand {
  return {
    kind: 'unbind',
    tenantId: tenantOf(request.tenantId),
    addressOfRecord: addressOf(request.addressOfRecord),
    bindingKey: request.bindingKey === '' ? undefined : text('binding_key', request.bindingKey),
    flowToken: text('flow_token', request.flowToken),
    edgeId: text('edge_id', request.edgeId),
    incarnation: text('incarnation', request.incarnation),
  };
}

// Shorter, and a lost renewal or two would be a death; longer, and a dead edge's phones would be called for too long.
const minLeaseMs = 3_000;
const maxLeaseMs = 60_000;

/** Throws ServiceError `invalid` naming the field. */
export function ownerOf(request: { readonly edgeId: string; readonly incarnation: string }): FlowOwnerId {
  return { edgeId: text('edge_id', request.edgeId), incarnation: text('incarnation', request.incarnation) };
}

/** The command that a request is. Throws ServiceError `invalid` naming the field. */
export function renewCommand(request: location.RenewLeaseRequest): RenewCommand {
  const { leaseMs, ownsPinholes } = request;
  if (leaseMs < minLeaseMs || leaseMs > maxLeaseMs) refuse('lease_ms', `is not from ${minLeaseMs} to ${maxLeaseMs}`);
  return { ...ownerOf(request), leaseMs, ownsPinholes };
}

const defaultPageSize = 100;
const maxPageSize = 1000;

/** Throws ServiceError `invalid` naming the field. */
export function pageOf(request: location.ListRequest): { after: string; limit: number } {
  if (request.pageSize > maxPageSize) refuse('page_size', `is greater than ${maxPageSize}`);
  const after = Buffer.from(request.pageToken, 'base64url').toString('utf8');
  if (pageToken(after) !== request.pageToken) refuse('page_token', 'is none that location gave');
  return { after: text('page_token', after, { empty: true }), limit: request.pageSize || defaultPageSize };
}

/** What stands for the page after an address of record. */
export function pageToken(addressOfRecord: string): string {
  return Buffer.from(addressOfRecord, 'utf8').toString('base64url');
}
