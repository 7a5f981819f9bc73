/** For each state, the states that may follow it: the arrows of a figure, without their inputs. */
export type LegalMoves<S extends string> = { readonly [from in S]: readonly S[] };

/** Throws where the figure has no such arrow: only a bug in the machine can ask for it. */
export function assertLegalMove<S extends string>(moves: LegalMoves<S>, kind: string, from: S, to: S): void {
  if (!moves[from].includes(to)) throw new Error(`${kind} transaction: there is no transition from ${from} to ${to}`);
}
