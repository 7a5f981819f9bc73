import type { Kind } from '../cell.js';
import type { Address, Place } from './mixing-system.js';

/** What the process with Ringdown's mixer is asked. */
export type RingdownQuestions = {
  readonly open: {
    readonly asked: { readonly kind: Kind; readonly rooms: readonly number[]; readonly load: Address };
    readonly answer: readonly Place[];
  };
  readonly clear: { readonly asked: undefined; readonly answer: undefined };
  readonly lateP99Ms: { readonly asked: undefined; readonly answer: number };
};
