/** What a tenant may use of conferences. 0 is no limit. */
export interface ConferenceLimits {
  /** Conferences under way at once, on all pods. */
  readonly maxConferences: number;
  /** Members of one conference; a room's own maximum can only be lower. */
  readonly maxConferenceMembers: number;
  /** Minutes of membership, all members added up, in a calendar month (UTC). */
  readonly maxConferenceMinutesPerMonth: number;
  /** Whether every room of the tenant takes encrypted media only. */
  readonly srtpRequired: boolean;
}

export const NO_LIMITS: ConferenceLimits = {
  maxConferences: 0,
  maxConferenceMembers: 0,
  maxConferenceMinutesPerMonth: 0,
  srtpRequired: false,
};

/** How much of its limits a tenant has used. */
export interface ConferenceUsage {
  /** Conferences under way on all pods, without the one that is asked about. */
  readonly otherConferences: number;
  /** Of this calendar month (UTC), by members who have left. */
  readonly memberMinutesThisMonth: number;
}
