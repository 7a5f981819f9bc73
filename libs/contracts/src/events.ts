import { conference, directory, events, location } from './gen/index.js';

/**
 * Where events travel: `ringdown.v1.<tenant>.<domain>.<event>`. What belongs to no tenant stands under the reserved token
 * `_platform`. The number is that of the payload's package: a payload that breaks readers gets new subjects.
 */
const prefix = 'ringdown.v1';

/** Stands for the tenant in subjects of the platform itself. No tenant id begins with an underscore. */
export const platformToken = '_platform';

/** Subjects and payload of one family of events. */
export interface EventFamily<Event> {
  /** The subject an event is published to. Throws for a tenant id that can't stand in a subject: that is a bug. */
  subject(event: Event): string;
  /** What to subscribe to: all tenants', or one tenant's. Platform-wide events of the family need `platformToken`. */
  pattern(tenantId?: string): string;
  encode(event: Event): Uint8Array;
  /** undefined where the bytes are no such event, or one of a kind that is not known here. */
  decode(data: Uint8Array): Event | undefined;
}

interface Message<Event> {
  encode(event: Event): { finish(): Uint8Array };
  decode(data: Uint8Array): Event;
}

/** Tenant ids that can be a token of a subject. */
export function isTenantToken(tenantId: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(tenantId);
}

/** The tenant an event belongs to, from its subject; undefined for the platform's own and for what is no event. */
export function tenantOfSubject(subject: string): string | undefined {
  const [name, version, tenant] = subject.split('.');
  if (`${name}.${version}` !== prefix || tenant === undefined || tenant === platformToken) return undefined;
  return tenant;
}

function family<Event>(
  domain: string,
  message: Message<Event>,
  place: (event: Event) => { readonly tenantId: string; readonly event: string } | undefined,
): EventFamily<Event> {
  return {
    subject(event) {
      const found = place(event);
      if (found === undefined) throw new TypeError(`Not an event of ${domain}`);
      return `${prefix}.${token(found.tenantId)}.${domain}.${found.event}`;
    },
    pattern: (tenantId) => `${prefix}.${tenantId === undefined ? '*' : token(tenantId)}.${domain}.*`,
    encode: (event) => message.encode(event).finish(),
    decode(data) {
      try {
        const event = message.decode(data);
        return place(event) === undefined ? undefined : event;
      } catch {
        return undefined;
      }
    },
  };
}

function token(tenantId: string): string {
  if (tenantId === platformToken || isTenantToken(tenantId)) return tenantId;
  throw new TypeError(`Not a tenant id: ${JSON.stringify(tenantId)}`);
}

/**
 * Changes of bindings, in commit order, and every second the position that has been reached. One subscription of `pattern()`
 * gets both in order. Positions count all tenants' changes without a gap: who sees one skipped has missed a change.
 *
 * `ringdown.v1.<tenant>.location.changed`, `ringdown.v1._platform.location.position`
 */
export const locationEvents: EventFamily<location.WatchResponse> = family(
  'location',
  location.WatchResponse,
  ({ event }) => {
    switch (event?.$case) {
      case 'changed':
        return { tenantId: event.value.tenantId, event: 'changed' };
      case 'heartbeat':
        return { tenantId: platformToken, event: 'position' };
      case 'reset':
        return { tenantId: platformToken, event: 'reset' };
      default:
        return undefined;
    }
  },
);

/** Where a replica of location that has committed something calls the one that publishes; there is no payload. */
export const locationCommits = `${prefix}.${platformToken}.location-commits.told`;

/**
 * Changes of the directory, in commit order, and its position every second.
 *
 * `ringdown.v1.<tenant>.directory.{tenant,domain,number,subscriber,subscribers,routes}`,
 * `ringdown.v1._platform.directory.{position,reset}`
 */
export const directoryEvents: EventFamily<directory.WatchResponse> = family(
  'directory',
  directory.WatchResponse,
  ({ change, reset }) => {
    if (reset) return { tenantId: platformToken, event: 'reset' };
    if (change === undefined) return { tenantId: platformToken, event: 'position' };
    return change.subject === undefined ? undefined : { tenantId: change.tenantId, event: change.subject.$case };
  },
);

/**
 * Steps of calls, in batches of one tenant's. They must not be lost: publish them durably, with the first event's id, to `callStream`.
 *
 * `ringdown.v1.<tenant>.calls.batch`
 */
export const callEvents: EventFamily<events.CallEventBatch> = family(
  'calls',
  events.CallEventBatch,
  ({ events: steps }) => {
    // Kinds that are not known here are a later version's; the rest of the batch is good.
    const [tenantId, ...others] = steps.map(tenantOfCallEvent).filter((tenant) => tenant !== undefined);
    if (tenantId === undefined || others.some((other) => other !== tenantId)) return undefined;
    return { tenantId, event: 'batch' };
  },
);

/**
 * The tenant that a step of a call is told to: the originating one, the terminating one of a call from outside, or `platformToken`.
 * Undefined for an event of a kind that is not known here.
 */
export function tenantOfCallEvent({ call, event }: events.CallEvent): string | undefined {
  if (event === undefined || call === undefined) return undefined;
  return call.originating?.tenantId || call.terminating?.tenantId || platformToken;
}

/**
 * What whoever watches over the platform should see.
 *
 * `ringdown.v1.<tenant>.security.{authenticationFailed,identityRefused,unknownDomain}`; under `_platform` where no tenant is
 * concerned
 */
export const securityEvents: EventFamily<events.SecurityEvent> = family(
  'security',
  events.SecurityEvent,
  ({ tenantId, event }) =>
    event === undefined ? undefined : { tenantId: tenantId || platformToken, event: event.$case },
);

/** The JetStream stream that keeps call events until accounting has had them. */
export const callStream = {
  name: 'RINGDOWN_CALLS',
  subjects: [`${prefix}.*.calls.*`],
  maxAgeMs: 7 * 24 * 3_600_000,
} as const;

/**
 * Which edges there are, so that they find each other: each says so every second.
 *
 * `ringdown.v1._platform.edges.present`
 */
export const edgeEvents: EventFamily<events.EdgePresence> = family('edges', events.EdgePresence, ({ edgeId }) =>
  edgeId === '' ? undefined : { tenantId: platformToken, event: 'present' },
);

/**
 * Calls whose messages all edges are to keep.
 *
 * `ringdown.v1._platform.traces.keep`
 */
export const traceEvents: EventFamily<events.KeepCall> = family('traces', events.KeepCall, ({ sipCallId }) =>
  sipCallId === '' ? undefined : { tenantId: platformToken, event: 'keep' },
);

/**
 * Which pods of the conference focus there are, so that they know of each other: each says so several times a second.
 *
 * `ringdown.v1._platform.focuses.present`
 */
export const focusEvents: EventFamily<conference.FocusPresence> = family(
  'focuses',
  conference.FocusPresence,
  ({ pod }) => (pod === undefined || pod.podId === '' ? undefined : { tenantId: platformToken, event: 'present' }),
);

/**
 * What happens in conferences: for whoever records, counts or shows them. `roster` events carry the whole roster when a conference
 * begins and then its changes, by version: who misses one asks the conference service.
 *
 * `ringdown.v1.<tenant>.conferences.{started,ended,joined,left,muted,deafened,role,hand,locked,speakers,recording,wrongPin,roster,refused}`
 */
export const conferenceEvents: EventFamily<events.ConferenceEvent> = family(
  'conferences',
  events.ConferenceEvent,
  ({ tenantId, event }) => (event === undefined || tenantId === '' ? undefined : { tenantId, event: event.$case }),
);
