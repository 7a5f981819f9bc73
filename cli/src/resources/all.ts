import { path } from '../rest-client.js';
import { choice, list, type Resource, text } from './resource.js';
import { routes } from './routes.js';
import { webhooks } from './webhooks.js';

const tenants: Resource = {
  plural: 'tenants',
  singular: 'tenant',
  name: 'tenant',
  inTenant: false,
  path: () => '/v1/tenants',
  columns: [
    ['tenant', ({ tenantId }) => tenantId],
    ['domain', ({ canonicalDomain }) => canonicalDomain],
    ['name', ({ displayName }) => displayName],
    ['enabled', ({ enabled }) => enabled],
    ['digest', ({ digestAlgorithms }) => digestAlgorithms],
  ],
  written: ['displayName', 'canonicalDomain', 'realm', 'digestAlgorithms', 'enabled', 'limits', 'policies'],
  options: [
    text('--domain <name>', 'canonicalDomain', 'the domain of its addresses; can never change'),
    text('--realm <realm>', 'realm', 'the digest realm; can never change'),
    text('--name <text>', 'displayName', 'a name for people'),
    list('--digest <algorithm>', 'digestAlgorithms', 'MD5, SHA-256 or SHA-512-256; the preferred first'),
    ...choice('enabled', 'enabled', 'disabled', 'it'),
  ],
};

const domains: Resource = {
  plural: 'domains',
  singular: 'domain',
  name: 'domain',
  inTenant: true,
  path: (tenant) => path`/v1/tenants/${tenant}/domains`,
  columns: [
    ['domain', ({ domain }) => domain],
    ['canonical', ({ canonical }) => canonical],
    ['created', ({ createdAt }) => createdAt],
  ],
  written: [],
  options: [],
};

const numbers: Resource = {
  plural: 'numbers',
  singular: 'number',
  name: 'e164',
  inTenant: true,
  path: (tenant) => path`/v1/tenants/${tenant}/numbers`,
  columns: [
    ['number', ({ e164 }) => e164],
    ['leads to', ({ username }) => username ?? 'where the routes say'],
    ['updated', ({ updatedAt }) => updatedAt],
  ],
  written: ['username'],
  options: [
    text('--username <name>', 'username', "the subscriber that it leads to; absent: the tenant's routes decide"),
  ],
};

const subscribers: Resource = {
  plural: 'subscribers',
  singular: 'subscriber',
  name: 'username',
  inTenant: true,
  path: (tenant) => path`/v1/tenants/${tenant}/subscribers`,
  columns: [
    ['username', ({ username }) => username],
    ['name', ({ displayName }) => displayName],
    ['enabled', ({ enabled }) => enabled],
    ['identities', ({ identities }) => identities],
  ],
  written: ['displayName', 'identities', 'maxContactsPerAor', 'maxConcurrentCalls', 'enabled'],
  options: [
    text('--password <password>', 'password', 'its password; see --password-stdin'),
    text('--name <text>', 'displayName', 'a name for people'),
    list('--identity <uri>', 'identities', 'a further address that it may register and call as'),
    ...choice('enabled', 'enabled', 'disabled', 'it'),
  ],
};

const rooms: Resource = {
  plural: 'rooms',
  singular: 'room',
  name: 'room',
  inTenant: true,
  path: (tenant) => path`/v1/tenants/${tenant}/conferences/rooms`,
  columns: [
    ['room', ({ name }) => name],
    ['name', ({ displayName }) => displayName],
    ['pin', ({ hasPin }) => hasPin],
    ['moderators', ({ moderators }) => moderators],
    ['members at most', ({ maxMembers }) => (maxMembers === 0 ? "the tenant's limit" : maxMembers)],
  ],
  written: [
    'displayName',
    'subject',
    'moderators',
    'waitForModerator',
    'maxMembers',
    'lockedFromStart',
    'joinTones',
    'mutedOnEntry',
    'recording',
    'holdMusic',
    'video',
    'srtpRequired',
    'endWithLastModerator',
    'maxDurationSec',
  ],
  options: [
    text('--name <text>', 'displayName', 'a name for people'),
    text('--subject <text>', 'subject', 'what it is for'),
    text('--pin <digits>', 'pin', 'asked of whoever is no moderator'),
    text('--moderator-pin <digits>', 'moderatorPin', 'makes a moderator of who knows it'),
    list('--moderator <uri>', 'moderators', 'an address that is a moderator by calling'),
  ],
};

/** Everything that has commands of its own to list, show, create, update and delete it. */
export const resources: readonly Resource[] = [tenants, domains, numbers, subscribers, routes, rooms, webhooks];
