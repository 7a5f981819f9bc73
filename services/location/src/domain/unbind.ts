import { type AddressChange, type AddressState, type Binding, liveBindings, tombstoneMs } from './binding.js';

/** Removes the bindings that use a flow which is gone. */
export interface UnbindCommand {
  readonly kind: 'unbind';
  readonly tenantId: string;
  readonly addressOfRecord: string;
  /** Undefined for every binding that uses the flow. */
  readonly bindingKey: string | undefined;
  readonly flowToken: string;
  readonly edgeId: string;
  readonly incarnation: string;
}

export type UnbindDecision = (AddressChange & { readonly removed: number }) | { readonly kind: 'unchanged' };

/** Compare-and-delete: a binding that has moved to another flow since, or was removed, stays as it is. */
export function unbind(state: AddressState, command: UnbindCommand, nowMs: number): UnbindDecision {
  const live = liveBindings(state, nowMs);
  const gone = live.filter((binding) => usesFlow(binding, command));
  if (gone.length === 0) return { kind: 'unchanged' };
  return {
    kind: 'changed',
    reason: 'flow-gone',
    put: [],
    bury: gone.map((binding) => ({
      bindingKey: binding.bindingKey,
      callId: binding.callId,
      // The REGISTER that set the binding may come again, over a flow that works, and must then set it; older ones may not.
      cseq: binding.cseq - 1,
      requestDigest: '',
      expiresAtMs: nowMs + tombstoneMs,
    })),
    drop: [],
    bindings: live.filter((binding) => !gone.includes(binding)),
    removed: gone.length,
  };
}

function usesFlow(binding: Binding, command: UnbindCommand): boolean {
  const { flow } = binding;
  return (
    flow.token === command.flowToken &&
    flow.edgeId === command.edgeId &&
    flow.incarnation === command.incarnation &&
    (command.bindingKey === undefined || command.bindingKey === binding.bindingKey)
  );
}
