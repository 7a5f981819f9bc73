import type { FlowOwnerId, RenewCommand, RenewOutcome } from '../domain/flow-owner.js';

/** The leases of flow owners. Every method throws ServiceError `unavailable` where the store can't be reached. */
export interface Leases {
  renew(command: RenewCommand): Promise<RenewOutcome>;
  /** The owner leaves; what is bound to its flows goes. */
  end(owner: FlowOwnerId): Promise<void>;
}
