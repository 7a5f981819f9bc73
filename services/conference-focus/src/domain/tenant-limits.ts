/** What a tenant may use of conferences. 0 is no limit. */
export interface ConferenceLimits {
  /** Conferences under way at once, on all pods: whoever keeps the homes of conferences counts them. */
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

/** The lower of two limits, of which 0 is none. */
export function lowestLimit(a: number, b: number): number {
  if (a === 0) return b;
  return b === 0 ? a : Math.min(a, b);
}
