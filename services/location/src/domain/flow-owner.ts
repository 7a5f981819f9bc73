/** One life of an edge, as the owner of flows. */
export interface FlowOwnerId {
  readonly edgeId: string;
  readonly incarnation: string;
}

/**
 * What a lease has come to. `live`: renewed in time, or not yet found to be silent. `suspended`: silent for longer than the lease; its
 * bindings are no targets. `ended`: gone for good, its bindings go.
 */
export type LeaseState = 'live' | 'suspended' | 'ended';

/** An owner of flows and its lease (RFC 5626 §5.2 flows don't outlive the edge's process). Times are milliseconds since 1970 by Postgres's clock. */
export interface FlowOwner extends FlowOwnerId {
  readonly state: LeaseState;
  readonly stateSinceMs: number;
  /** Silence is allowed until then. */
  readonly leaseUntilMs: number;
  /** UDP pinholes end with the edge too; else any edge can send through them. */
  readonly ownsPinholes: boolean;
}

/** An edge's word that it lives. */
export interface RenewCommand extends FlowOwnerId {
  readonly leaseMs: number;
  readonly ownsPinholes: boolean;
}

export type RenewOutcome =
  | 'renewed'
  /** The lease had ended: the flows stand, but nothing is bound to them any more. */
  | 'begun-anew'
  /** Another life of the edge has begun since. */
  | 'superseded';

export interface Renewal {
  readonly outcome: RenewOutcome;
  /** What to store. */
  readonly owners: readonly FlowOwner[];
}

/** What a renewal does to the lives of one edge. A new life ends all others: an edge's address is one process's at a time. */
export function renew(lives: readonly FlowOwner[], command: RenewCommand, nowMs: number): Renewal {
  const own = lives.find(({ incarnation }) => incarnation === command.incarnation);
  const others = lives.filter((life) => life !== own && life.state !== 'ended');
  if (own?.state === 'ended' && others.length > 0) return { outcome: 'superseded', owners: [] };
  const { edgeId, incarnation, ownsPinholes, leaseMs } = command;
  const renewed: FlowOwner = {
    edgeId,
    incarnation,
    ownsPinholes,
    state: 'live',
    stateSinceMs: own?.state === 'live' ? own.stateSinceMs : nowMs,
    leaseUntilMs: nowMs + leaseMs,
  };
  return {
    outcome: own?.state === 'ended' ? 'begun-anew' : 'renewed',
    owners: [renewed, ...others.map((life) => ended(life, nowMs))],
  };
}

/** A lease that its owner gives back, or nobody can renew any more. */
export function ended(owner: FlowOwner, nowMs: number): FlowOwner {
  return { ...owner, state: 'ended', stateSinceMs: nowMs };
}
