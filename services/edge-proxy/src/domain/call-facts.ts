/** What a call's own records, and whoever decides about its media, know of it. */
export interface CallFacts {
  /** The platform's own name of the call, 16 hexadecimal digits. */
  readonly key: string;
  readonly originatingTenantId: string;
  readonly terminatingTenantId: string;
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
  /** Which side sends this request. */
  readonly from: 'originator' | 'terminator';
}
