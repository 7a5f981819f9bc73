import { conference } from '@ringdown/contracts';
import type {
  DisconnectionMethod,
  EndpointStatus,
  JoiningMethod,
  Role,
  Roster,
  RosterEndpoint,
  RosterMedia,
  RosterUser,
} from '../../domain/roster.js';
import type { MediaDirection } from '../../ports/mixer.js';
import type { Conference } from '../../use-cases/conferences.js';

const statuses: Readonly<Record<EndpointStatus, conference.EndpointStatus>> = {
  'dialing-in': conference.EndpointStatus.DIALING_IN,
  'dialing-out': conference.EndpointStatus.DIALING_OUT,
  alerting: conference.EndpointStatus.ALERTING,
  'on-hold': conference.EndpointStatus.ON_HOLD,
  connected: conference.EndpointStatus.CONNECTED,
  'muted-via-focus': conference.EndpointStatus.MUTED_VIA_FOCUS,
  disconnected: conference.EndpointStatus.DISCONNECTED,
};

export const joiningMethods: Readonly<Record<JoiningMethod, conference.JoiningMethod>> = {
  'dialed-in': conference.JoiningMethod.DIALED_IN,
  'dialed-out': conference.JoiningMethod.DIALED_OUT,
  'focus-owner': conference.JoiningMethod.FOCUS_OWNER,
};

export const disconnectionMethods: Readonly<Record<DisconnectionMethod, conference.DisconnectionMethod>> = {
  departed: conference.DisconnectionMethod.DEPARTED,
  booted: conference.DisconnectionMethod.BOOTED,
  failed: conference.DisconnectionMethod.FAILED,
  busy: conference.DisconnectionMethod.BUSY,
};

export const roleMessages: Readonly<Record<Role, conference.Role>> = {
  moderator: conference.Role.MODERATOR,
  participant: conference.Role.PARTICIPANT,
};

const directions: Readonly<Record<MediaDirection, conference.MediaDirection>> = {
  sendrecv: conference.MediaDirection.SENDRECV,
  sendonly: conference.MediaDirection.SENDONLY,
  recvonly: conference.MediaDirection.RECVONLY,
  inactive: conference.MediaDirection.INACTIVE,
};

/** A conference with its whole roster. */
export function conferenceMessage(one: Conference, focusId: string): conference.Conference {
  const roster = one.roster();
  return {
    tenantId: one.tenantId,
    room: one.room,
    conferenceId: one.id,
    focusId,
    state: stateMessage(roster),
    users: roster.users.map(userMessage),
  };
}

/** The roster, or, where `before` is known, what makes it of that. Any two rosters of one conference will do, however far apart. */
export function rosterUpdate(
  { tenantId, room, id }: Pick<Conference, 'tenantId' | 'room' | 'id'>,
  focusId: string,
  before: Roster | undefined,
  roster: Roster,
): conference.RosterUpdate {
  const known = new Map(before?.users.map((user) => [user.entity, user]));
  // A change makes new values and keeps the others: what is the same object has not changed.
  const changed = roster.users.filter((user) => known.get(user.entity) !== user);
  for (const { entity } of roster.users) known.delete(entity);
  return {
    tenantId,
    room,
    conferenceId: id,
    focusId,
    afterVersion: before?.version ?? 0,
    state: stateMessage(roster),
    users: changed.map(userMessage),
    removedUsers: [...known.keys()],
  };
}

function stateMessage(roster: Roster): conference.ConferenceState {
  const { version, entity, maximumUserCount, userCount, active, locked, recording } = roster;
  const { displayName = '', subject = '' } = roster;
  return { version, entity, displayName, subject, maximumUserCount, userCount, active, locked, recording };
}

function userMessage({ entity, displayName, roles, endpoints }: RosterUser): conference.RosterUser {
  return {
    entity,
    displayName: displayName ?? '',
    roles: roles.map((role) => roleMessages[role]),
    endpoints: endpoints.map(endpointMessage),
  };
}

function endpointMessage(endpoint: RosterEndpoint): conference.RosterEndpoint {
  const { entity, memberId, muted, deaf, waiting, handRaised, gainDb, disconnectionMethod } = endpoint;
  return {
    entity,
    memberId,
    displayName: endpoint.displayName ?? '',
    role: roleMessages[endpoint.role],
    status: statuses[endpoint.status],
    joiningMethod: joiningMethods[endpoint.joiningMethod],
    joinedAtMs: endpoint.joinedAt === undefined ? 0 : Date.parse(endpoint.joinedAt),
    invitedBy: endpoint.invitedBy ?? '',
    disconnectionMethod:
      disconnectionMethod === undefined
        ? conference.DisconnectionMethod.UNSPECIFIED
        : disconnectionMethods[disconnectionMethod],
    disconnectionReason: endpoint.disconnectionReason ?? '',
    media: endpoint.media.map(mediaMessage),
    muted,
    deaf,
    waiting,
    handRaised,
    gainDb,
  };
}

function mediaMessage({ id, type, status }: RosterMedia): conference.RosterMedia {
  return {
    id,
    type: type === 'audio' ? conference.MediaType.AUDIO : conference.MediaType.VIDEO,
    direction: directions[status],
  };
}
