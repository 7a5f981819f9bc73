/** A pod of the focus in one of its lives: what an earlier one had is gone. */
export interface PodLife {
  readonly podId: string;
  readonly incarnation: string;
}

/** A pod as the table of pods shows it. */
export interface Pod extends PodLife {
  /** Where it serves gRPC and SipLink, as `host:port`. */
  readonly address: string;
  /** The addresses that it has media at. */
  readonly mediaHosts: readonly string[];
  readonly isDraining: boolean;
  readonly members: number;
  /** Of its busiest thread, 0 to 1. */
  readonly busyShare: number;
  /** How long this life has been there. */
  readonly ageMs: number;
  /** Whether it has been heard of within its lease, the time not counted in which none of them could be. */
  readonly isInLease: boolean;
}

/** What the bus says of a pod: `unheard` also where a word of it would have come by now; `unknown` where none could. */
export type PodVoice = 'heard' | 'draining' | 'left' | 'unheard' | 'unknown';

export function isSameLife(a: PodLife | undefined, b: PodLife | undefined): boolean {
  return a !== undefined && a.podId === b?.podId && a.incarnation === b.incarnation;
}

/**
 * Whether a life of a pod is over, so that others may have its conferences. It takes two witnesses: the table and the bus, or an edge that has lost
 * it and the bus. Who can't reach Postgres alone, or the bus alone, keeps what it has.
 */
export function isGone(inLease: boolean, voice: PodVoice, isLostByEdge: boolean): boolean {
  switch (voice) {
    case 'left':
      return true;
    case 'heard':
    case 'draining':
      return false;
    case 'unheard':
      return isLostByEdge || !inLease;
    case 'unknown':
      return !inLease;
  }
}
