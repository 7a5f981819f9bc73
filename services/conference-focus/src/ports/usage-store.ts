/** How long members of tenants' conferences were in, by calendar month (UTC). Every method rejects where it can't be asked. */
export interface UsageStore {
  /** Adds milliseconds of members who have left, by tenant; in one commit. */
  add(memberMs: ReadonlyMap<string, number>): Promise<void>;
  /** Whole minutes of this month. */
  memberMinutesThisMonth(tenantId: string): Promise<number>;
}
