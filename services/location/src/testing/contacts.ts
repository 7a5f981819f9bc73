import type { location } from '@ringdown/contracts';
import type { BindCommand, Contact } from '../domain/bind.js';
import type { Binding } from '../domain/binding.js';
import { requestDigest } from '../domain/request-digest.js';

/** A contact of one phone, named by its key. */
export function contact(bindingKey: string, o: Partial<Contact> = {}): Contact {
  return {
    bindingKey,
    uri: `sip:${bindingKey}@192.0.2.1:5060`,
    contactParams: '',
    expiresSec: 60,
    qThousandths: undefined,
    instanceId: '',
    regId: 0,
    path: [],
    flow: {
      token: `flow-${bindingKey}`,
      edgeId: 'e1',
      incarnation: 'i1',
      transport: 'UDP',
      host: '192.0.2.1',
      port: 5060,
    },
    userAgent: 'phone',
    ...o,
  };
}

/** A REGISTER's command for one address of record, as the service makes it. */
export function register(
  callId: string,
  cseq: number,
  contacts: readonly Contact[] | '*',
  o: { maxContacts?: number; maxRegistrations?: number; tenantId?: string; addressOfRecord?: string } = {},
): BindCommand {
  const removeAll = contacts === '*';
  const list = removeAll ? [] : contacts;
  return {
    kind: 'bind',
    tenantId: o.tenantId ?? 't1',
    addressOfRecord: o.addressOfRecord ?? 'sip:alice@example.org',
    callId,
    cseq,
    contacts: list,
    removeAll,
    maxContacts: o.maxContacts ?? 0,
    maxRegistrations: o.maxRegistrations ?? 0,
    requestDigest: requestDigest(list, removeAll),
  };
}

/** What `register`'s contact becomes when it is bound at a moment. */
export function bound(callId: string, cseq: number, item: Contact, atMs: number): Binding {
  const { expiresSec, ...rest } = item;
  return {
    ...rest,
    callId,
    cseq,
    requestDigest: requestDigest([item], false),
    expiresAtMs: atMs + expiresSec * 1000,
    updatedAtMs: atMs,
    suspendedAtMs: undefined,
  };
}

/** The request that stands for a command. */
export function bindRequest(command: BindCommand): location.BindRequest {
  return {
    tenantId: command.tenantId,
    addressOfRecord: command.addressOfRecord,
    callId: command.callId,
    cseq: command.cseq,
    removeAll: command.removeAll,
    maxContacts: command.maxContacts,
    maxRegistrations: command.maxRegistrations,
    contacts: command.contacts.map((item) => ({
      bindingKey: item.bindingKey,
      uri: item.uri,
      contactParams: item.contactParams,
      expiresSec: item.expiresSec,
      qThousandths: item.qThousandths,
      instanceId: item.instanceId,
      regId: item.regId,
      path: [...item.path],
      flow: {
        flowToken: item.flow.token,
        edgeId: item.flow.edgeId,
        incarnation: item.flow.incarnation,
        receivedTransport: item.flow.transport,
        receivedHost: item.flow.host,
        receivedPort: item.flow.port,
      },
      userAgent: item.userAgent,
    })),
  };
}
