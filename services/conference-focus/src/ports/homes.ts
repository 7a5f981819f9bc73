/** Whether a conference may be opened on this pod. */
export type ClaimOutcome =
  /** This pod is its home until `release`. */
  | { readonly kind: 'ours' }
  /** It is open on another pod. The caller asks that one: the edge is answered 430, and looks again. */
  | { readonly kind: 'elsewhere'; readonly podId: string }
  /** The tenant has as many conferences as it may. */
  | { readonly kind: 'limit'; readonly limit: number }
  /** This pod ends, and takes no more conferences. */
  | { readonly kind: 'draining' }
  /** Who has it can't be asked now. */
  | { readonly kind: 'unavailable' };

/** Which pod has which conference. A conference lives on one pod, and every edge finds it there. */
export interface Homes {
  /**
   * Makes this pod the home of a conference, before it is opened. Atomic among all pods: of two that ask one gets it. Asking again for what this pod has is
   * `ours`. Never throws.
   */
  claim(tenantId: string, room: string): Promise<ClaimOutcome>;
  /** The conference has ended. Kept and repeated where it can't be stored at once. */
  release(tenantId: string, room: string): void;
  /** Told when another pod has a conference that this one took for its own: its members have to be sent away. Returns what ends that. */
  onTaken(listener: (tenantId: string, room: string) => void): () => void;
}
