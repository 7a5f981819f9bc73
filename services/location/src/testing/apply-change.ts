import type { AddressChange, AddressState } from '../domain/binding.js';

/** What an address of record is after a change: the rows that a store would have. */
export function applyChange(state: AddressState, change: AddressChange): AddressState {
  const touched = new Set([
    ...change.put.map((binding) => binding.bindingKey),
    ...change.bury.map((tombstone) => tombstone.bindingKey),
    ...change.drop,
  ]);
  return {
    bindings: [...state.bindings.filter((binding) => !touched.has(binding.bindingKey)), ...change.put],
    tombstones: [...state.tombstones.filter((tombstone) => !touched.has(tombstone.bindingKey)), ...change.bury],
  };
}

export const noState: AddressState = { bindings: [], tombstones: [] };
