import { conference } from '@ringdown/contracts';
import type { z } from 'zod';
import type { conferenceView } from './conference-schemas.js';

type View = z.input<typeof conferenceView>;
type EndpointView = View['users'][number]['endpoints'][number];

/** An enum of the contracts by its number, as `muted-via-focus`; `otherwise` for what is unspecified, or of a later version. */
function word<Word extends string, Otherwise>(
  names: Readonly<Record<string, number>>,
  value: number,
  otherwise: Otherwise,
): Word | Otherwise {
  if (value === 0) return otherwise;
  const found = Object.entries(names).find(([, number]) => number === value);
  return found === undefined ? otherwise : (found[0].toLowerCase().replaceAll('_', '-') as Word);
}

/** A conference as it is sent to operators. */
export function conferenceAnswer({ state, users, ...place }: conference.Conference): View {
  if (state === undefined) throw new Error(`the conference in room ${place.room} came without a state`);
  return {
    ...place,
    ...state,
    users: users.map(({ endpoints, roles, ...user }) => ({
      ...user,
      roles: roles.map((role) => word(conference.Role, role, 'participant')),
      endpoints: endpoints.map(endpointAnswer),
    })),
  };
}

function endpointAnswer({ joinedAtMs, media, ...endpoint }: conference.RosterEndpoint): EndpointView {
  return {
    ...endpoint,
    role: word(conference.Role, endpoint.role, 'participant'),
    status: word(conference.EndpointStatus, endpoint.status, 'dialing-in'),
    joiningMethod: word(conference.JoiningMethod, endpoint.joiningMethod, 'dialed-in'),
    disconnectionMethod: word<NonNullable<EndpointView['disconnectionMethod']>, null>(
      conference.DisconnectionMethod,
      endpoint.disconnectionMethod,
      null,
    ),
    joinedAt: joinedAtMs === 0 ? null : new Date(joinedAtMs).toISOString(),
    media: media.map(({ id, type, direction }) => ({
      id,
      type: word(conference.MediaType, type, 'audio'),
      direction: word(conference.MediaDirection, direction, 'inactive'),
    })),
  };
}
