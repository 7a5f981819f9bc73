/** What a tenant has used in a calendar month (UTC). */
export interface MonthUsage {
  /** `2026-11` */
  readonly month: string;
  readonly memberMs: number;
}

/** How long members of tenants' conferences were in, by calendar month (UTC). Every method rejects where it can't be asked. */
export interface UsageStore {
  /** Adds milliseconds of members who have left, by tenant; in one commit. */
  add(memberMs: ReadonlyMap<string, number>): Promise<void>;
  /** The newest first, twelve at most. */
  months(tenantId: string): Promise<readonly MonthUsage[]>;
  /** Whole minutes of this month. */
  memberMinutesThisMonth(tenantId: string): Promise<number>;
}
