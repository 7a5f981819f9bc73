/** Who wants something of a conference. */
export type Actor =
  /** By REST or gRPC, with a key of the operator: may everything. */
  | { readonly kind: 'operator'; readonly name?: string }
  /** A member of the conference, by its keys or within its dialog. */
  | { readonly kind: 'member'; readonly id: string }
  /** An authenticated subscriber outside of any member's dialog (a REFER of its own): moderator if the room's settings, or a leg of it in the room, say so. */
  | { readonly kind: 'user'; readonly uri: string }
  /** The focus itself. */
  | { readonly kind: 'focus' };
