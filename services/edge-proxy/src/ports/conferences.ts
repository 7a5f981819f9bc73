import type { FocusPod } from '../domain/hop.js';

/** What there is to say of where a conference is. */
export type ConferencePlace =
  | { readonly kind: 'pod'; readonly pod: FocusPod }
  /** There is no such room, and no conference of that name. */
  | { readonly kind: 'absent' }
  /** The tenant has as many conferences as it may. */
  | { readonly kind: 'limit'; readonly limit: number }
  | { readonly kind: 'unavailable' };

export interface ConferenceQuestion {
  readonly tenantId: string;
  /** The user part of its URI. */
  readonly room: string;
  /** Whether a conference that isn't under way gets a pod. */
  readonly mayOpen: boolean;
}

/** Which pod of the focus has which conference: the focus's own answer, remembered for moments. */
export interface ConferenceLookups {
  /** `answered` is called exactly once, at once where the answer is known. */
  place(question: ConferenceQuestion, answered: (place: ConferencePlace) => void): void;
  /**
   * The pod that was named can't be reached, or doesn't have the conference: finds out who has it instead, which may take as long as it takes the others to
   * see that a pod is gone. `answered` is called exactly once; with that pod again where it is there after all.
   */
  placeInstead(question: ConferenceQuestion, pod: FocusPod, answered: (place: ConferencePlace) => void): void;
}
