import XMLBuilder from 'fast-xml-builder';
import type { Roster, RosterEndpoint, RosterUser } from '../domain/roster.js';
import { rosterDifference, type UserDifference } from '../domain/roster-difference.js';

/** The media type of a roster document (RFC 4575 §9.1). */
export const ROSTER_CONTENT_TYPE = 'application/conference-info+xml';

const builder = new XMLBuilder({
  ignoreAttributes: false,
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
});

// What XML 1.0 §2.2 can't carry at all, escaped or not; it comes in by display names.
// oxlint-disable-next-line no-control-regex
const NO_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

function text(value: string): string {
  return value.replace(NO_XML, '\ufffd');
}

type Element = Readonly<Record<string, unknown>>;

// The order of elements is the schema's, and so the order of keys here.
function endpointElement(endpoint: RosterEndpoint): Element {
  const left = endpoint.disconnectionMethod;
  return {
    '@_entity': text(endpoint.entity),
    '@_state': 'full',
    ...(endpoint.displayName !== undefined && { 'display-text': text(endpoint.displayName) }),
    ...(endpoint.invitedBy !== undefined && { referred: { by: text(endpoint.invitedBy) } }),
    status: endpoint.status,
    'joining-method': endpoint.joiningMethod,
    ...(endpoint.joinedAt !== undefined && { 'joining-info': { when: endpoint.joinedAt } }),
    ...(left !== undefined && { 'disconnection-method': left }),
    ...(endpoint.disconnectionReason !== undefined && {
      'disconnection-info': { reason: text(endpoint.disconnectionReason) },
    }),
    ...(endpoint.media.length > 0 && {
      media: endpoint.media.map(({ id, type, status }) => ({ '@_id': id, type, status })),
    }),
  };
}

function userElement(user: RosterUser): Element {
  return {
    '@_entity': text(user.entity),
    '@_state': 'full',
    ...(user.displayName !== undefined && { 'display-text': text(user.displayName) }),
    roles: { entry: user.roles },
    endpoint: user.endpoints.map(endpointElement),
  };
}

function differenceElement(difference: UserDifference): Element {
  const { user } = difference;
  if (difference.kind === 'full') return userElement(user);
  if (difference.kind === 'deleted') return { '@_entity': text(user.entity), '@_state': 'deleted' };
  const gone = difference.goneEndpoints.map(({ entity }) => ({ '@_entity': text(entity), '@_state': 'deleted' }));
  const endpoints = [...difference.endpoints.map(endpointElement), ...gone];
  return {
    '@_entity': text(user.entity),
    '@_state': 'partial',
    ...(difference.hasOtherName && user.displayName !== undefined && { 'display-text': text(user.displayName) }),
    ...(difference.hasOtherRoles && { roles: { entry: user.roles } }),
    ...(endpoints.length > 0 && { endpoint: endpoints }),
  };
}

function descriptionElement(roster: Roster): Element {
  return {
    ...(roster.displayName !== undefined && { 'display-text': text(roster.displayName) }),
    ...(roster.subject !== undefined && { subject: text(roster.subject) }),
    ...(roster.recording && { 'free-text': 'This conference is being recorded.' }),
    'conf-uris': { entry: { uri: text(roster.entity), purpose: 'participation' } },
    ...(roster.maximumUserCount > 0 && { 'maximum-user-count': roster.maximumUserCount }),
  };
}

function stateElement(roster: Roster): Element {
  return { 'user-count': roster.userCount, active: roster.active, locked: roster.locked };
}

function documentOf(roster: Roster, state: 'full' | 'partial', version: number, content: Element): string {
  const document = {
    'conference-info': {
      '@_xmlns': 'urn:ietf:params:xml:ns:conference-info',
      '@_entity': text(roster.entity),
      '@_state': state,
      '@_version': version,
      ...content,
    },
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(document)}`;
}

/** All of a roster (RFC 4575 §5). `version` counts the documents of one subscription, one higher each. */
export function fullDocument(roster: Roster, version: number): string {
  return documentOf(roster, 'full', version, {
    'conference-description': descriptionElement(roster),
    'conference-state': stateElement(roster),
    users: { '@_state': 'full', ...(roster.users.length > 0 && { user: roster.users.map(userElement) }) },
  });
}

/**
 * What turns `before`, which the subscriber has, into `after` (RFC 4575 §4.2): any number of changes at once. Undefined where a
 * document could tell nothing new.
 */
export function partialDocument(before: Roster, after: Roster, version: number): string | undefined {
  const difference = rosterDifference(before, after);
  if (!difference.description && !difference.state && difference.users.length === 0) return undefined;
  return documentOf(after, 'partial', version, {
    ...(difference.description && { 'conference-description': descriptionElement(after) }),
    ...(difference.state && { 'conference-state': stateElement(after) }),
    ...(difference.users.length > 0 && {
      users: { '@_state': 'partial', user: difference.users.map(differenceElement) },
    }),
  });
}
