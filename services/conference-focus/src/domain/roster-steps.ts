import type { Role, Roster, RosterEndpoint, RosterUser } from './roster.js';

/** What of a roster isn't about users. */
export type RosterState = Pick<Roster, 'maximumUserCount' | 'active' | 'locked' | 'recording'>;

function rolesOf(endpoints: readonly RosterEndpoint[]): readonly Role[] {
  return [endpoints.some((endpoint) => endpoint.role === 'moderator') ? 'moderator' : 'participant'];
}

function userOf(before: RosterUser | undefined, entity: string, endpoints: readonly RosterEndpoint[]): RosterUser {
  const roles = rolesOf(endpoints);
  return {
    entity,
    displayName: endpoints.findLast((endpoint) => endpoint.displayName !== undefined)?.displayName,
    roles: before !== undefined && before.roles[0] === roles[0] ? before.roles : roles,
    endpoints,
  };
}

function sameMedia(a: RosterEndpoint, b: RosterEndpoint): boolean {
  if (a.media.length !== b.media.length) return false;
  return a.media.every(({ id, status, type }, i) => {
    const other = b.media[i]!;
    return id === other.id && status === other.status && type === other.type;
  });
}

function sameEndpoint(a: RosterEndpoint, b: RosterEndpoint): boolean {
  for (const key of Object.keys(a) as (keyof RosterEndpoint)[]) {
    if (key !== 'media' && a[key] !== b[key]) return false;
  }
  return sameMedia(a, b);
}

function withUsers(roster: Roster, users: readonly RosterUser[]): Roster {
  const isThere = (user: RosterUser) => user.endpoints.some((endpoint) => endpoint.status !== 'disconnected');
  return { ...roster, version: roster.version + 1, users, userCount: users.filter(isThere).length };
}

/** With this endpoint new or changed. The same roster where nothing is different. */
export function withEndpoint(roster: Roster, user: string, endpoint: RosterEndpoint): Roster {
  const at = roster.users.findIndex((one) => one.entity === user);
  if (at < 0) return withUsers(roster, [...roster.users, userOf(undefined, user, [endpoint])]);
  const before = roster.users[at]!;
  const known = before.endpoints.findIndex((one) => one.memberId === endpoint.memberId);
  if (known >= 0 && sameEndpoint(before.endpoints[known]!, endpoint)) return roster;
  const endpoints = known < 0 ? [...before.endpoints, endpoint] : before.endpoints.with(known, endpoint);
  return withUsers(roster, roster.users.with(at, userOf(before, user, endpoints)));
}

/** Without a member's endpoint, and without its user where that was the last. The same roster where it has none. */
export function withoutEndpoint(roster: Roster, user: string, memberId: string): Roster {
  const at = roster.users.findIndex((one) => one.entity === user);
  const before = roster.users[at];
  if (before === undefined) return roster;
  const endpoints = before.endpoints.filter((endpoint) => endpoint.memberId !== memberId);
  if (endpoints.length === before.endpoints.length) return roster;
  if (endpoints.length === 0) return withUsers(roster, roster.users.toSpliced(at, 1));
  return withUsers(roster, roster.users.with(at, userOf(before, user, endpoints)));
}

/** With another state of the conference. The same roster where nothing is different. */
export function withState(roster: Roster, changes: Partial<RosterState>): Roster {
  const keys = Object.keys(changes) as (keyof RosterState)[];
  if (keys.every((key) => roster[key] === changes[key])) return roster;
  return { ...roster, ...changes, version: roster.version + 1 };
}

/** The roster of a conference that is over. */
export function ended(roster: Roster): Roster {
  return { ...roster, version: roster.version + 1, active: false, recording: false, userCount: 0, users: [] };
}
