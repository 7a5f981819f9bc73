import type { Page, PageRequest } from '@ringdown/platform/commands';

/** A conference under way, and the pod that it lives on. */
export interface ConferencePlace {
  readonly room: string;
  readonly focusId: string;
  /** Where the pod serves gRPC, as host:port. */
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** Where the conferences of all pods are. Every method rejects where that can't be asked. */
export interface Whereabouts {
  /** Undefined where no conference is under way in the room. */
  find(tenantId: string, room: string): Promise<ConferencePlace | undefined>;
  /** In the order of the rooms' names. */
  list(tenantId: string, page: PageRequest): Promise<Page<ConferencePlace>>;
}
