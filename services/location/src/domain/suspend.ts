import { type AddressChange, type AddressState, type Binding, liveBindings, tombstoneMs } from './binding.js';
import type { FlowOwner } from './flow-owner.js';

export type SuspendDecision = (AddressChange & { readonly count: number }) | { readonly kind: 'unchanged' };

type Owner = Pick<FlowOwner, 'edgeId' | 'incarnation' | 'ownsPinholes'>;

/** Takes an owner's bindings out of the target set while it is silent; they stay bound. */
export function suspend(state: AddressState, owner: Owner, nowMs: number): SuspendDecision {
  return mark(state, nowMs, 'suspended', (binding) =>
    binding.suspendedAtMs === undefined && endsWith(binding, owner) ? { ...binding, suspendedAtMs: nowMs } : undefined,
  );
}

/** Puts them back: their owner is there again, and with it their flows. */
export function restore(state: AddressState, owner: Owner, nowMs: number): SuspendDecision {
  return mark(state, nowMs, 'restored', (binding) =>
    binding.suspendedAtMs !== undefined && isOf(binding, owner) ? { ...binding, suspendedAtMs: undefined } : undefined,
  );
}

/** Removes what is bound to flows that ended with their owner. */
export function endLease(state: AddressState, owner: Owner, nowMs: number): SuspendDecision {
  const live = liveBindings(state, nowMs);
  const gone = live.filter((binding) => endsWith(binding, owner));
  if (gone.length === 0) return { kind: 'unchanged' };
  return {
    kind: 'changed',
    reason: 'lease-ended',
    put: [],
    // The REGISTER that set a binding may come again, over a flow that works, and must then set it; older ones may not.
    bury: gone.map(({ bindingKey, callId, cseq }) => {
      return { bindingKey, callId, cseq: cseq - 1, requestDigest: '', expiresAtMs: nowMs + tombstoneMs };
    }),
    drop: [],
    bindings: live.filter((binding) => !gone.includes(binding)),
    count: gone.length,
  };
}

function mark(
  state: AddressState,
  nowMs: number,
  reason: 'suspended' | 'restored',
  marked: (binding: Binding) => Binding | undefined,
): SuspendDecision {
  const put: Binding[] = [];
  // What has expired is the sweep's.
  const bindings = liveBindings(state, nowMs).map((binding) => {
    const changed = marked(binding);
    if (changed === undefined) return binding;
    put.push(changed);
    return changed;
  });
  if (put.length === 0) return { kind: 'unchanged' };
  return { kind: 'changed', reason, put, bury: [], drop: [], bindings, count: put.length };
}

function isOf({ flow }: Binding, owner: Owner): boolean {
  return flow.edgeId === owner.edgeId && flow.incarnation === owner.incarnation;
}

/** Whether a binding's flow can't be used without its owner: a connection can't; a pinhole can where all edges send from one address. */
function endsWith(binding: Binding, owner: Owner): boolean {
  return isOf(binding, owner) && (owner.ownsPinholes || binding.flow.transport !== 'UDP');
}
