import { type Json, path } from '../rest-client.js';
import { type Resource, text } from './resource.js';

/** A tenant's routes: a match (domain or number prefix) and what is done (next hop, redirect, session). */
export const routes: Resource = {
  plural: 'routes',
  singular: 'route',
  name: 'route',
  inTenant: true,
  path: (tenant) => path`/v1/tenants/${tenant}/routes`,
  columns: [
    ['route', ({ routeId }) => routeId],
    ['for', ({ match }) => matchText(match as Json)],
    ['does', ({ action }) => actionText(action as Json)],
    ['far side', ({ trustClass }) => trustClass],
  ],
  written: ['match', 'action', 'trustClass'],
  options: [
    {
      flags: '--domain <pattern>',
      description: 'for a host, *.host, or * for every host',
      fields: (domain) => ({ match: { kind: 'domain', domain, numberPrefix: undefined } }),
    },
    {
      flags: '--prefix <digits>',
      description: 'for numbers that begin so: +4930, or + for all',
      fields: (numberPrefix) => ({ match: { kind: 'number-prefix', numberPrefix, domain: undefined } }),
    },
    {
      flags: '--next-hop <uri>',
      description: 'send there',
      fields: (uri) => ({ action: { ...noAction, kind: 'next-hop', uri } }),
    },
    {
      flags: '--redirect <uri>',
      description: 'answer 302 with this contact',
      isList: true,
      fields: (uris) => ({
        action: { ...noAction, kind: 'redirect', statusCode: 302, contacts: [uris].flat().map((uri) => ({ uri })) },
      }),
    },
    {
      flags: '--session <service>',
      description: 'hand to a session service, or to conference-focus',
      fields: (service) => ({ action: { ...noAction, kind: 'session', service } }),
    },
    text('--trust <class>', 'trustClass', 'untrusted or peer'),
  ],
};

/** What one kind of action has and another doesn't is taken away from a route that changes its kind. */
const noAction = { uri: undefined, statusCode: undefined, contacts: undefined, service: undefined };

function matchText({ kind, domain, numberPrefix }: Json): string {
  return kind === 'domain' ? `domain ${String(domain)}` : `numbers ${String(numberPrefix)}…`;
}

function actionText({ kind, uri, statusCode, contacts, service }: Json): string {
  switch (kind) {
    case 'next-hop':
      return `next hop ${String(uri)}`;
    case 'redirect':
      return `${String(statusCode)} to ${(contacts as readonly Json[]).map((contact) => contact['uri']).join(', ') || 'the bindings'}`;
    default:
      return `service ${String(service)}`;
  }
}
