import type { RoomSettings } from '../domain/room-settings.js';
import type { ConferenceLimits } from '../domain/tenant-limits.js';

/** What the focus knows of a tenant; undefined answers mean that there is no such tenant, or that it is disabled. */
export interface ConferenceTenant {
  readonly limits: ConferenceLimits;
  /** Where its rooms are: `sip:room@canonicalDomain`. */
  readonly canonicalDomain: string;
}

/** The settings that operators make. Every method rejects where the keeper can't be asked; the caller is then told to come again. */
export interface RoomDirectory {
  room(tenantId: string, name: string): Promise<RoomSettings | undefined>;
  tenant(tenantId: string): Promise<ConferenceTenant | undefined>;
  /** Minutes of membership in this calendar month (UTC), by members who have left. Asked at each join where the tenant has a limit. */
  memberMinutesThisMonth(tenantId: string): Promise<number>;
}
