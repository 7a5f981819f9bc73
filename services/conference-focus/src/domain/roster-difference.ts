import type { Roster, RosterEndpoint, RosterUser } from './roster.js';

/** What has become of one user. */
export type UserDifference =
  /** New, or different in a way that only the whole tells. */
  | { readonly kind: 'full'; readonly user: RosterUser }
  | {
      readonly kind: 'partial';
      readonly user: RosterUser;
      readonly hasOtherName: boolean;
      readonly hasOtherRoles: boolean;
      /** New or different. */
      readonly endpoints: readonly RosterEndpoint[];
      readonly goneEndpoints: readonly RosterEndpoint[];
    }
  | { readonly kind: 'deleted'; readonly user: RosterUser };

export interface RosterDifference {
  readonly description: boolean;
  readonly state: boolean;
  readonly users: readonly UserDifference[];
}

function userDifference(before: RosterUser, after: RosterUser): UserDifference {
  // A partial element can't take a name away.
  if (after.displayName === undefined && before.displayName !== undefined) return { kind: 'full', user: after };
  const earlier = new Map(before.endpoints.map((endpoint) => [endpoint.entity, endpoint]));
  const endpoints = after.endpoints.filter((endpoint) => earlier.get(endpoint.entity) !== endpoint);
  for (const endpoint of after.endpoints) earlier.delete(endpoint.entity);
  return {
    kind: 'partial',
    user: after,
    hasOtherName: before.displayName !== after.displayName,
    hasOtherRoles: before.roles !== after.roles,
    endpoints,
    goneEndpoints: [...earlier.values()],
  };
}

// Mostly one of hundreds has changed, and every subscription asks.
function withoutCommonEnds<T>(was: readonly T[], is: readonly T[]): readonly [was: readonly T[], is: readonly T[]] {
  const shorter = Math.min(was.length, is.length);
  let head = 0;
  while (head < shorter && was[head] === is[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && was[was.length - 1 - tail] === is[is.length - 1 - tail]) tail += 1;
  return [was.slice(head, was.length - tail), is.slice(head, is.length - tail)];
}

/** What is to be told to somebody who knows `before`; any two rosters of one conference will do, however far apart. */
export function rosterDifference(before: Roster, after: Roster): RosterDifference {
  const users: UserDifference[] = [];
  if (before.users !== after.users) {
    const [was, is] = withoutCommonEnds(before.users, after.users);
    const earlier = new Map(was.map((user) => [user.entity, user]));
    for (const user of is) {
      const known = earlier.get(user.entity);
      earlier.delete(user.entity);
      if (known === user) continue;
      users.push(known === undefined ? { kind: 'full', user } : userDifference(known, user));
    }
    for (const user of earlier.values()) users.push({ kind: 'deleted', user });
  }
  return {
    description:
      before.displayName !== after.displayName ||
      before.subject !== after.subject ||
      before.maximumUserCount !== after.maximumUserCount ||
      before.recording !== after.recording,
    state: before.userCount !== after.userCount || before.active !== after.active || before.locked !== after.locked,
    users,
  };
}
