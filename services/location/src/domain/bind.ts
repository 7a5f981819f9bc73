import {
  type AddressChange,
  type AddressState,
  type Binding,
  byRecency,
  everyBinding,
  liveBindings,
  type ReceivingFlow,
  type RegisterOrder,
  type Tombstone,
  tombstoneMs,
} from './binding.js';

/** A contact of a REGISTER. */
export interface Contact {
  readonly bindingKey: string;
  readonly uri: string;
  readonly contactParams: string;
  /** Seconds from now; 0 removes the binding. */
  readonly expiresSec: number;
  readonly qThousandths: number | undefined;
  readonly instanceId: string;
  readonly regId: number;
  readonly path: readonly string[];
  readonly flow: ReceivingFlow;
  readonly userAgent: string;
}

/** One REGISTER's contacts, to be bound all or none. */
export interface BindCommand extends RegisterOrder {
  readonly kind: 'bind';
  readonly tenantId: string;
  readonly addressOfRecord: string;
  readonly contacts: readonly Contact[];
  readonly removeAll: boolean;
  /** 0 is no limit. */
  readonly maxContacts: number;
  /** How many of the tenant's addresses of record may have bindings; 0 is no limit. */
  readonly maxRegistrations: number;
}

export type BindDecision =
  | AddressChange
  /** The same request was applied before. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'out-of-order'; readonly currentCseq: number }
  | { readonly kind: 'too-many-contacts'; readonly contacts: number };

/** What a REGISTER does to an address of record (RFC 3261 §10.3 steps 6 and 7). */
export function bind(state: AddressState, command: BindCommand, nowMs: number): BindDecision {
  const live = liveBindings(state, nowMs);
  const tombstones = state.tombstones.filter((tombstone) => tombstone.expiresAtMs > nowMs);
  const obstacle = checkOrder(command, live, tombstones);
  if (obstacle !== undefined) return obstacle;
  return command.removeAll ? removeAll(command, live, nowMs) : applyContacts(command, live, nowMs);
}

/** What an earlier request says about this one, or undefined if this one is to be applied. */
function checkOrder(
  command: BindCommand,
  live: readonly Binding[],
  tombstones: readonly Tombstone[],
): BindDecision | undefined {
  const keys = new Set(command.contacts.map((contact) => contact.bindingKey));
  let currentCseq = -1;
  for (const records of [live, tombstones]) {
    for (const record of records) {
      // RFC 3261 §10.3 step 7: only a binding with the same Call-ID says anything about the order.
      if (record.callId !== command.callId) continue;
      const concerns = command.removeAll || keys.has(record.bindingKey) || record.bindingKey === everyBinding;
      if (!concerns || record.cseq < command.cseq) continue;
      // A retransmission that reaches another pod, or comes after the first answer was lost, has been applied already: success.
      if (record.cseq === command.cseq && record.requestDigest === command.requestDigest) {
        // It comes over a flow that works, and takes its binding over from one that doesn't.
        if ('suspendedAtMs' in record && record.suspendedAtMs !== undefined) continue;
        return { kind: 'repeated' };
      }
      currentCseq = Math.max(currentCseq, record.cseq);
    }
  }
  // RFC 3261 §10.3 step 7: a CSeq that isn't higher fails the whole request.
  return currentCseq === -1 ? undefined : { kind: 'out-of-order', currentCseq };
}

// RFC 3261 §10.3 step 6.
function removeAll(command: BindCommand, live: readonly Binding[], nowMs: number): AddressChange {
  return {
    kind: 'changed',
    reason: 'registered',
    put: [],
    bury: [tombstoneOf(everyBinding, command, nowMs)],
    // An expired binding is left to the sweep, which reports it as expired.
    drop: live.map((binding) => binding.bindingKey),
    bindings: [],
  };
}

// RFC 3261 §10.3 step 7.
function applyContacts(command: BindCommand, live: readonly Binding[], nowMs: number): BindDecision {
  const bound = new Map(live.map((binding) => [binding.bindingKey, binding]));
  const put: Binding[] = [];
  const bury: Tombstone[] = [];
  let added = 0;
  for (const contact of command.contacts) {
    const existed = bound.has(contact.bindingKey);
    if (contact.expiresSec === 0) {
      bound.delete(contact.bindingKey);
      bury.push(tombstoneOf(contact.bindingKey, command, nowMs));
      continue;
    }
    const binding = bindingOf(contact, command, nowMs);
    bound.set(contact.bindingKey, binding);
    put.push(binding);
    if (!existed) added += 1;
  }
  // A limit that was lowered below what is bound stops new contacts, not the refreshing of those that are there.
  const bindings = [...bound.values()].sort(byRecency);
  // Nor does a phone that comes back after its edge's death, with another contact, find its own suspended one in the way.
  const contacts = bindings.filter(({ suspendedAtMs }) => suspendedAtMs === undefined).length;
  if (added > 0 && command.maxContacts > 0 && contacts > command.maxContacts) {
    return { kind: 'too-many-contacts', contacts };
  }
  return { kind: 'changed', reason: 'registered', put, bury, drop: [], bindings };
}

function bindingOf(contact: Contact, order: RegisterOrder, nowMs: number): Binding {
  return {
    bindingKey: contact.bindingKey,
    uri: contact.uri,
    contactParams: contact.contactParams,
    qThousandths: contact.qThousandths,
    instanceId: contact.instanceId,
    regId: contact.regId,
    path: contact.path,
    flow: contact.flow,
    userAgent: contact.userAgent,
    callId: order.callId,
    cseq: order.cseq,
    requestDigest: order.requestDigest,
    expiresAtMs: nowMs + contact.expiresSec * 1000,
    updatedAtMs: nowMs,
    suspendedAtMs: undefined,
  };
}

function tombstoneOf(bindingKey: string, order: RegisterOrder, nowMs: number): Tombstone {
  const { callId, cseq, requestDigest } = order;
  return { bindingKey, callId, cseq, requestDigest, expiresAtMs: nowMs + tombstoneMs };
}
