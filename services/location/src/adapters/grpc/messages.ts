import { type location } from '@ringdown/contracts';
import type { Binding, ChangeReason } from '../../domain/binding.js';
import type { RenewOutcome } from '../../domain/flow-owner.js';
import type { AddressSnapshot, BindOutcome } from '../../ports/binding-store.js';
import type { CommittedChange, WatchItem } from '../../ports/change-feed.js';

/** A binding as the contract has it; what remains of it is counted from `nowMs`. */
export function bindingMessage(binding: Binding, nowMs: number): location.Binding {
  const { flow } = binding;
  return {
    bindingKey: binding.bindingKey,
    uri: binding.uri,
    contactParams: binding.contactParams,
    remainingMs: Math.round(binding.expiresAtMs - nowMs),
    qThousandths: binding.qThousandths,
    instanceId: binding.instanceId,
    regId: binding.regId,
    path: [...binding.path],
    flow: {
      flowToken: flow.token,
      edgeId: flow.edgeId,
      incarnation: flow.incarnation,
      receivedTransport: flow.transport,
      receivedHost: flow.host,
      receivedPort: flow.port,
    },
    userAgent: binding.userAgent,
    callId: binding.callId,
    cseq: binding.cseq,
    updatedAtMs: binding.updatedAtMs,
    suspended: binding.suspendedAtMs !== undefined,
  };
}

/** The bindings that have not expired by `nowMs`. */
export function bindingMessages(bindings: readonly Binding[], nowMs: number): location.Binding[] {
  const messages: location.Binding[] = [];
  for (const binding of bindings) {
    if (binding.expiresAtMs > nowMs) messages.push(bindingMessage(binding, nowMs));
  }
  return messages;
}

export function bindResponse(
  outcome: BindOutcome,
  { maxContacts, maxRegistrations = 0 }: Pick<location.BindRequest, 'maxContacts' | 'maxRegistrations'>,
): location.BindResponse {
  switch (outcome.kind) {
    case 'bound': {
      const { version, repeated } = outcome;
      return { outcome: { $case: 'ok', value: { version, repeated, bindings: snapshotBindings(outcome) } } };
    }
    case 'out-of-order':
      return { outcome: { $case: 'outOfOrder', value: { currentCseq: Math.max(0, outcome.currentCseq) } } };
    case 'too-many-contacts':
      return { outcome: { $case: 'tooManyContacts', value: { maxContacts, contacts: outcome.contacts } } };
    case 'registrations-exhausted': {
      const { registrations } = outcome;
      return { outcome: { $case: 'registrationsExhausted', value: { maxRegistrations, registrations } } };
    }
  }
}

export function snapshotBindings(snapshot: AddressSnapshot): location.Binding[] {
  return bindingMessages(snapshot.bindings, snapshot.nowMs);
}

const reasons: Readonly<Record<ChangeReason, location.ChangeReason>> = {
  registered: 1,
  expired: 2,
  'flow-gone': 3,
  'owner-gone': 4,
  suspended: 5,
  restored: 6,
  'lease-ended': 7,
};

export function changeMessage(change: CommittedChange, nowMs: number): location.WatchResponse {
  return {
    position: change.position,
    event: {
      $case: 'changed',
      value: {
        tenantId: change.tenantId,
        addressOfRecord: change.addressOfRecord,
        version: change.version,
        bindings: bindingMessages(change.bindings, nowMs),
        reason: reasons[change.reason],
      },
    },
  };
}

export function heartbeatMessage(position: number): location.WatchResponse {
  return { position, event: { $case: 'heartbeat', value: {} } };
}

export function resetMessage(position: number): location.WatchResponse {
  return { position, event: { $case: 'reset', value: {} } };
}

export function watchMessage(item: WatchItem): location.WatchResponse {
  switch (item.kind) {
    case 'change':
      return changeMessage(item.change, item.nowMs);
    case 'heartbeat':
      return heartbeatMessage(item.position);
    case 'reset':
      return resetMessage(item.position);
  }
}

const leaseOutcomes: Readonly<Record<RenewOutcome, location.LeaseOutcome>> = {
  renewed: 1,
  'begun-anew': 2,
  superseded: 3,
};

export function leaseOutcome(outcome: RenewOutcome): location.LeaseOutcome {
  return leaseOutcomes[outcome];
}
