import type { Change } from '../domain/change.js';

/** Tells the platform's other parts what to forget (D1). Both reject when the bus takes nothing; the changes are offered again then. */
export interface ChangePublisher {
  /** Changes in the order of their commits; resolves when the bus has them. */
  publish(changes: readonly Change[]): Promise<void>;
  /** Says that everything up to `position` was published. */
  heartbeat(position: number): Promise<void>;
}
