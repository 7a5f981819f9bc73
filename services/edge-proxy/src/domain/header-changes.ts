import type { HeaderField, HeaderId } from '@ringdown/sip-message';

/** What this element takes off a message, and what it puts on: a name that is in both is replaced. */
export interface HeaderChanges {
  readonly removed: readonly HeaderId[];
  readonly added: readonly HeaderField[];
}

export const noChanges: HeaderChanges = { removed: [], added: [] };

/** Both changes as one. */
export function joined(first: HeaderChanges, second: HeaderChanges): HeaderChanges {
  if (first === noChanges) return second;
  if (second === noChanges) return first;
  return { removed: [...first.removed, ...second.removed], added: [...first.added, ...second.added] };
}
