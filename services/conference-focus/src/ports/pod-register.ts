import type { Pod, PodLife } from '../domain/pod.js';

/** What a pod says of itself each second. */
export interface PodBeat extends PodLife {
  readonly address: string;
  readonly mediaHosts: readonly string[];
  readonly isDraining: boolean;
  readonly members: number;
  readonly busyShare: number;
}

export interface PodTimes {
  /** How long a pod may be silent. */
  readonly leaseMs: number;
  /** When none of the pods was heard for so long, none could be. */
  readonly stallMs: number;
  /** How long the pods have after such a time to be heard again. */
  readonly recoveryMs: number;
}

/** The pods of the focus. Every method throws ServiceError `unavailable` where the store can't be reached. */
export interface PodRegister {
  /** Says that this life of a pod is there. Returns all pods, or undefined where another life has its name. */
  beat(beat: PodBeat, isFirst: boolean): Promise<readonly Pod[] | undefined>;
  pods(): Promise<readonly Pod[]>;
  /** This life is over, and what it had is free. */
  leave(life: PodLife): Promise<void>;
  /** Removes what is left of pods that are long gone. */
  forget(): Promise<void>;
}

/** The home of a conference, as it is stored. */
export interface StoredHome extends PodLife {
  /** Whether the pod has not opened it yet. */
  readonly isOffered: boolean;
}

export interface ClaimRequest {
  readonly tenantId: string;
  readonly room: string;
  /** Who gets it where nobody has it. */
  readonly pod: PodLife;
  /** How long the pod has to open it; undefined where it opens it now. */
  readonly offerMs: number | undefined;
  /** Lives that are over: what they have is free. */
  readonly gone: readonly PodLife[];
  /** Conferences that the tenant may have at once; 0 is no limit. */
  readonly limit: number;
}

/** `home` is who has the conference now; `limit`: nobody, since the tenant has as many as it may. */
export type ClaimResult = { readonly kind: 'home'; readonly home: StoredHome } | { readonly kind: 'limit' };

/** Which pod has which conference. Every method throws ServiceError `unavailable` where the store can't be reached. */
export interface HomeRegister {
  find(tenantId: string, room: string): Promise<StoredHome | undefined>;
  /** Atomic among all who ask: a conference that somebody has stays there. */
  claim(request: ClaimRequest): Promise<ClaimResult>;
  release(tenantId: string, room: string, pod: PodLife): Promise<void>;
  /** Removes the conferences of lives that are over. */
  forgetLives(lives: readonly PodLife[]): Promise<void>;
  /** Gives back what a pod was offered and has not opened. */
  withdrawOffers(pod: PodLife): Promise<void>;
  /** What a pod has opened, as `tenant room`. */
  openOf(pod: PodLife): Promise<ReadonlySet<string>>;
}
