import { count, label, readText, written } from '@ringdown/platform/rest';
import { z } from 'zod';
import { parseDomainName } from '../../domain/domain-name.js';
import { parseE164, parseNumberPrefix } from '../../domain/e164.js';
import { parseIdentity } from '../../domain/identity.js';
import { parseContactUri, parseDomainPattern, parseSipUri } from '../../domain/route.js';
import { DEFAULT_LIMITS, DEFAULT_POLICIES, parseRealm } from '../../domain/tenant.js';
import { parseRouteId, parseTenantId } from '../../domain/tenant-id.js';
import { parsePassword, parseUsername } from '../../domain/username.js';

export const tenantId = readText(parseTenantId, { description: 'The tenant, named by the operator.', example: 'acme' });
export const domainName = readText(parseDomainName, {
  description: 'A host name or IP address that is the host of addresses.',
  example: 'sip.acme.example',
});
export const username = readText(parseUsername, {
  description: 'The digest username; unique within the tenant, case matters.',
  example: 'alice',
});
export const e164 = readText(parseE164, { description: 'A number in E.164 form.', example: '+493012345' });
export const routeId = readText(parseRouteId, {
  description: 'The route, named by the operator.',
  example: 'to-berlin',
});

const limit = (description: string, value: number) =>
  count(0, 2_000_000_000, `${description} 0: unlimited.`).default(value);
const seconds = (description: string, value: number) => count(1, 604_800, description).default(value);

const limits = z.strictObject({
  maxContactsPerAor: count(1, 1000, 'Bindings of one address of record at most.').default(
    DEFAULT_LIMITS.maxContactsPerAor,
  ),
  minExpiresSec: seconds('Shortest expiry of a binding; below it a REGISTER gets 423.', DEFAULT_LIMITS.minExpiresSec),
  maxExpiresSec: seconds('Longest expiry of a binding; above it the registrar shortens.', DEFAULT_LIMITS.maxExpiresSec),
  defaultExpiresSec: seconds('Expiry of a binding that asks for none.', DEFAULT_LIMITS.defaultExpiresSec),
  maxRegistrations: limit('Registered addresses of record at most.', DEFAULT_LIMITS.maxRegistrations),
  maxConcurrentCalls: limit('Calls at the same time at most.', DEFAULT_LIMITS.maxConcurrentCalls),
  maxCallsPerSec: limit('New calls a second at most.', DEFAULT_LIMITS.maxCallsPerSec),
  maxRegistrationsPerSec: limit(
    'REGISTERs a second that an edge takes on, so many without credentials and as many with them; others are told when to come back.',
    DEFAULT_LIMITS.maxRegistrationsPerSec,
  ),
  maxConferences: limit('Conferences under way at the same time at most.', DEFAULT_LIMITS.maxConferences),
  maxConferenceMembers: limit('Members of one conference at most.', DEFAULT_LIMITS.maxConferenceMembers),
  maxConferenceMinutesPerMonth: limit(
    'Minutes of membership in a calendar month (UTC) at most, all members added up; conferences under way go on.',
    DEFAULT_LIMITS.maxConferenceMinutesPerMonth,
  ),
});

const policies = z.strictObject({
  forkMode: z
    .enum(['parallel', 'serial'], 'must be parallel or serial')
    .default(DEFAULT_POLICIES.forkMode)
    .meta({ description: 'Whether contacts of equal q ring together.' }),
  recurseOnRedirect: z
    .boolean('must be true or false')
    .default(DEFAULT_POLICIES.recurseOnRedirect)
    .meta({ description: 'Whether the proxy follows a 3xx itself.' }),
  redirectMode: z
    .enum(['proxy', 'redirect'], 'must be proxy or redirect')
    .default(DEFAULT_POLICIES.redirectMode)
    .meta({ description: 'Whether calls to the tenant are proxied, or answered with 302 and the bindings.' }),
  serviceRoute: z.boolean('must be true or false').default(DEFAULT_POLICIES.serviceRoute).meta({
    description:
      'Whether phones are told (Service-Route) to send requests to the domain that they have registered with, which must then lead here by the DNS.',
  }),
  mediaRelay: z
    .enum(['never', 'when-needed', 'always'], 'must be never, when-needed or always')
    .default(DEFAULT_POLICIES.mediaRelay)
    .meta({
      description:
        'Whether media goes through a relay: when needed is where the two sides can not reach or understand each other.',
    }),
  conferenceSrtpRequired: z
    .boolean('must be true or false')
    .default(DEFAULT_POLICIES.conferenceSrtpRequired)
    .meta({ description: 'Whether conferences take encrypted media only; a call without SRTP gets 488.' }),
});

const digestAlgorithm = z.enum(['MD5', 'SHA-256', 'SHA-512-256'], 'must be MD5, SHA-256 or SHA-512-256');

const tenantFields = {
  displayName: label('A name for people.'),
  canonicalDomain: domainName.meta({
    description: 'Stands in addresses of record. Can never change.',
    example: 'sip.acme.example',
  }),
  realm: readText(parseRealm, {
    description: 'The digest realm; the canonical domain where absent. Can never change.',
    example: 'sip.acme.example',
  }),
  digestAlgorithms: z
    .array(digestAlgorithm, 'must be a list of digest algorithms')
    .min(1, 'must name at least one algorithm')
    .default(['SHA-256', 'MD5'])
    .meta({ description: 'What challenges offer, the preferred first.' }),
  enabled: z
    .boolean('must be true or false')
    .default(true)
    .meta({ description: 'Whether the tenant is served at all.' }),
};

export const tenantRequest = z
  .strictObject({
    ...tenantFields,
    realm: tenantFields.realm.optional(),
    limits: limits.prefault({}),
    policies: policies.prefault({}),
  })
  .meta({ id: 'TenantRequest', description: 'A tenant as it shall be. What is left out gets its default.' });

export const tenantView = z
  .object({ tenantId, ...tenantFields, limits, policies, ...written })
  .meta({ id: 'Tenant', description: 'A tenant.' });

export const domainView = z
  .object({
    tenantId,
    domain: domainName,
    canonical: z.boolean().meta({ description: 'Whether it is the one that stands in addresses of record.' }),
    ...written,
  })
  .meta({ id: 'Domain', description: 'A domain of a tenant.' });

const subscriberLimits = {
  maxContactsPerAor: count(
    1,
    1000,
    "Bindings of one address of record at most; the tenant's limit where absent.",
  ).optional(),
  maxConcurrentCalls: count(
    0,
    2_000_000_000,
    "Calls at the same time at most; the tenant's limit where absent.",
  ).optional(),
};

export const subscriberRequest = z
  .strictObject({
    displayName: label('A name for people.'),
    password: readText(parsePassword, {
      description:
        'Needed for a new subscriber; where absent the stored one stays. It is never given out; only digest hashes are stored.',
      example: 'correct horse battery staple',
      format: 'password',
    }).optional(),
    identities: z
      .array(
        readText(parseIdentity, {
          description: "An address of record at one of the tenant's domains.",
          example: 'sip:sales@sip.acme.example',
        }),
        'must be a list of addresses of record',
      )
      .max(100, 'must be at most 100 addresses of record')
      .default([])
      .meta({
        description:
          'What the subscriber may register and call as, beside the address of record that its username makes.',
      }),
    ...subscriberLimits,
    enabled: z
      .boolean('must be true or false')
      .default(true)
      .meta({ description: 'Whether the subscriber may register and call.' }),
  })
  .meta({ id: 'SubscriberRequest', description: 'A subscriber as it shall be. What is left out gets its default.' });

export const subscriberView = z
  .object({
    tenantId,
    username,
    displayName: z.string(),
    identities: z.array(z.string()).meta({
      description: 'Canonical addresses of record, the own one first.',
      example: ['sip:alice@sip.acme.example'],
    }),
    ...subscriberLimits,
    enabled: z.boolean(),
    ...written,
  })
  .meta({ id: 'Subscriber', description: 'A subscriber. There is no way to read its password or hashes.' });

export const numberRequest = z
  .strictObject({
    username: username
      .optional()
      .meta({ description: "Where the number leads; the tenant's routes decide where absent." }),
  })
  .meta({ id: 'NumberRequest', description: 'Where a number leads.' });

export const numberView = z
  .object({ tenantId, e164, username: username.optional(), ...written })
  .meta({ id: 'Number', description: 'A number of a tenant.' });

const routeMatch = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('domain'),
      domain: readText(parseDomainPattern, {
        description: 'A host, *.host for everything below it, or * for every host.',
        example: '*.partner.example',
      }),
    }),
    z.strictObject({
      kind: z.literal('number-prefix'),
      numberPrefix: readText(parseNumberPrefix, {
        description: 'The first digits of numbers; + alone for all of them.',
        example: '+4930',
      }),
    }),
  ],
  'must be domain or number-prefix',
);

const redirectContact = z.strictObject({
  uri: readText(parseContactUri, { description: 'Where to send the caller.', example: 'sip:bob@example.net' }),
  qThousandths: count(0, 1000, 'The q of the contact, in thousandths.').default(1000),
});

const routeAction = z.discriminatedUnion(
  'kind',
  [
    z
      .strictObject({
        kind: z.literal('redirect'),
        statusCode: z.union([z.literal(300), z.literal(301), z.literal(302)], 'must be 300, 301 or 302'),
        contacts: z
          .array(redirectContact, 'must be a list of contacts')
          .max(32, 'must be at most 32 contacts')
          .default([])
          .meta({ description: 'Beside the bindings of the called address of record.' }),
      })
      .meta({ description: 'Answer with a redirection.' }),
    z
      .strictObject({
        kind: z.literal('next-hop'),
        uri: readText(parseSipUri, { description: 'The next hop.', example: 'sip:gateway.example.net;transport=tcp' }),
      })
      .meta({ description: 'Send to a host outside the platform.' }),
    z
      .strictObject({
        kind: z.literal('session'),
        service: readText(parseRouteId, { description: 'The name of a session service.', example: 'b2bua' }),
      })
      .meta({ description: 'Hand to a session service.' }),
  ],
  'must be redirect, next-hop or session',
);

const routeFields = {
  match: routeMatch.meta({ description: 'What the route is for.' }),
  action: routeAction.meta({ description: 'What happens to it.' }),
  trustClass: z
    .enum(['untrusted', 'peer'], 'must be untrusted or peer')
    .default('untrusted')
    .meta({ description: 'Whether the far side belongs to the trust domain (RFC 3325).' }),
};

export const routeRequest = z
  .strictObject(routeFields)
  .meta({ id: 'RouteRequest', description: 'A route as it shall be.' });
export const routeView = z
  .object({ tenantId, routeId, ...routeFields, ...written })
  .meta({ id: 'Route', description: 'A route.' });

export const importView = z
  .object({
    created: z.int().meta({ description: 'Subscribers that are new.' }),
    updated: z.int().meta({ description: 'Subscribers whose password changed.' }),
    unchanged: z.int().meta({ description: 'Subscribers that had this password already.' }),
  })
  .meta({ id: 'ImportResult', description: 'What an import wrote, in one commit.' });
