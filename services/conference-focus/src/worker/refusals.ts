/** Why packets of a member were refused, and how many; what `MemberStatistics` tells. */
export type Refusals = Record<'source' | 'replay' | 'authentication' | 'malformed' | 'payload-type' | 'flood', number>;

export function noRefusals(): Refusals {
  return { source: 0, replay: 0, authentication: 0, malformed: 0, 'payload-type': 0, flood: 0 };
}
