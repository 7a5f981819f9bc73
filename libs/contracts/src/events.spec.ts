import { describe, expect, it } from 'vitest';
import {
  callEvents,
  callStream,
  conferenceEvents,
  directoryEvents,
  type EventFamily,
  focusEvents,
  isTenantToken,
  locationEvents,
  platformToken,
  securityEvents,
  tenantOfSubject,
  traceEvents,
} from './events.js';
import { conference, directory, edge, events, location } from './gen/index.js';

const changed = location.WatchResponse.create({
  position: 12,
  event: {
    $case: 'changed',
    value: {
      tenantId: 'demo',
      addressOfRecord: 'sip:alice@demo.ringdown.test',
      version: 5,
      reason: location.ChangeReason.EXPIRED,
      bindings: [
        {
          bindingKey: 'k',
          uri: 'sip:alice@192.0.2.1',
          remainingMs: 60_000,
          path: ['<sip:edge>'],
          flow: { flowToken: 't' },
        },
      ],
    },
  },
});
const change = (subject: NonNullable<directory.Change['subject']>) =>
  directory.WatchResponse.create({ position: 3, change: { tenantId: 'demo', version: 3, subject } });
const call = (originating: string, terminating: string, event: NonNullable<events.CallEvent['event']>) =>
  events.CallEvent.create({
    eventId: '1',
    call: { callKey: 'c', originating: { tenantId: originating }, terminating: { tenantId: terminating } },
    event,
  });
const ended: NonNullable<events.CallEvent['event']> = {
  $case: 'ended',
  value: { end: events.CallEnd.REJECTED, statusCode: 486, reason: '' },
};
const answered: NonNullable<events.CallEvent['event']> = {
  $case: 'answered',
  value: { sessionExpiresSec: 0, codec: '', ofTerminator: false },
};
const unknownStep = events.CallEvent.create({ eventId: '2', call: { callKey: 'c' } });
const batch = (...steps: events.CallEvent[]) => events.CallEventBatch.create({ events: steps });
const refused: NonNullable<events.SecurityEvent['event']> = {
  $case: 'authenticationFailed',
  value: { username: 'alice', failure: events.AuthenticationFailure.WRONG_PASSWORD },
};

function row<Event>(family: EventFamily<Event>, event: Event, subject: string) {
  return { subject, family: family as EventFamily<unknown>, event: event as unknown };
}

const rows = [
  row(locationEvents, changed, 'ringdown.v1.demo.location.changed'),
  row(
    locationEvents,
    location.WatchResponse.create({ position: 9, event: { $case: 'heartbeat', value: {} } }),
    'ringdown.v1._platform.location.position',
  ),
  row(
    locationEvents,
    location.WatchResponse.create({ position: 9, event: { $case: 'reset', value: {} } }),
    'ringdown.v1._platform.location.reset',
  ),
  row(directoryEvents, change({ $case: 'tenant', value: { removed: false } }), 'ringdown.v1.demo.directory.tenant'),
  row(
    directoryEvents,
    change({ $case: 'domain', value: { domain: 'a.test', removed: true } }),
    'ringdown.v1.demo.directory.domain',
  ),
  row(
    directoryEvents,
    change({ $case: 'number', value: { e164: '+49301', removed: false } }),
    'ringdown.v1.demo.directory.number',
  ),
  row(
    directoryEvents,
    change({ $case: 'subscriber', value: { username: 'bob', removed: false } }),
    'ringdown.v1.demo.directory.subscriber',
  ),
  row(directoryEvents, change({ $case: 'subscribers', value: { count: 2 } }), 'ringdown.v1.demo.directory.subscribers'),
  row(
    directoryEvents,
    change({ $case: 'routes', value: { routeId: 'r', removed: false } }),
    'ringdown.v1.demo.directory.routes',
  ),
  row(directoryEvents, directory.WatchResponse.create({ position: 4 }), 'ringdown.v1._platform.directory.position'),
  row(
    directoryEvents,
    directory.WatchResponse.create({ position: 4, reset: true }),
    'ringdown.v1._platform.directory.reset',
  ),
  row(callEvents, batch(call('demo', 'other', answered), call('demo', '', ended)), 'ringdown.v1.demo.calls.batch'),
  row(callEvents, batch(call('', 'other', answered)), 'ringdown.v1.other.calls.batch'),
  row(callEvents, batch(call('', '', answered)), 'ringdown.v1._platform.calls.batch'),
  row(callEvents, batch(unknownStep, call('demo', '', ended)), 'ringdown.v1.demo.calls.batch'),
  row(
    securityEvents,
    events.SecurityEvent.create({ tenantId: 'demo', event: refused }),
    'ringdown.v1.demo.security.authenticationFailed',
  ),
  row(
    securityEvents,
    events.SecurityEvent.create({ event: { $case: 'unknownDomain', value: { domain: 'x' } } }),
    'ringdown.v1._platform.security.unknownDomain',
  ),
  row(
    focusEvents,
    conference.FocusPresence.create({ pod: { podId: 'focus-1', incarnation: 'k9' }, address: '10.0.0.5:1' }),
    'ringdown.v1._platform.focuses.present',
  ),
  row(
    traceEvents,
    events.KeepCall.create({ sipCallId: 'a@b', reason: edge.KeepReason.SLOW }),
    'ringdown.v1._platform.traces.keep',
  ),
  row(
    conferenceEvents,
    events.ConferenceEvent.create({ tenantId: 'demo', event: { $case: 'started', value: {} } }),
    'ringdown.v1.demo.conferences.started',
  ),
  row(
    conferenceEvents,
    events.ConferenceEvent.create({
      tenantId: 'demo',
      room: 'daily',
      event: { $case: 'wrongPin', value: { uri: 'sip:eve@demo.ringdown.test', tries: 3 } },
    }),
    'ringdown.v1.demo.conferences.wrongPin',
  ),
];

describe('event families', () => {
  it.each(rows)('$subject', ({ subject, family, event }) => {
    expect(family.subject(event)).toBe(subject);
    expect(family.decode(family.encode(event))).toEqual(event);
    const [, , tenant] = subject.split('.');
    expect(tenantOfSubject(subject)).toBe(tenant === platformToken ? undefined : tenant);
    expect(subject).toMatch(new RegExp(`^${family.pattern().replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`));
    expect(subject).toMatch(new RegExp(`^${family.pattern(tenant).replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`));
  });

  it.each<[string, EventFamily<never>, Uint8Array]>([
    ['garbage', locationEvents as EventFamily<never>, Uint8Array.of(0xff, 0xff, 0xff)],
    ['a truncated event', locationEvents as EventFamily<never>, locationEvents.encode(changed).subarray(0, 20)],
    [
      'an event of a kind not known here',
      locationEvents as EventFamily<never>,
      Uint8Array.of(0x08, 0x01, 0xaa, 0x06, 0x00),
    ],
    [
      'a call event without a call',
      callEvents as EventFamily<never>,
      events.CallEventBatch.encode(batch(events.CallEvent.create({ event: ended }))).finish(),
    ],
    [
      'call events of two tenants',
      callEvents as EventFamily<never>,
      events.CallEventBatch.encode(batch(call('demo', '', ended), call('other', '', ended))).finish(),
    ],
    ['nothing', securityEvents as EventFamily<never>, new Uint8Array()],
    [
      'an event of no tenant’s conference',
      conferenceEvents as EventFamily<never>,
      events.ConferenceEvent.encode(events.ConferenceEvent.create({ event: { $case: 'started', value: {} } })).finish(),
    ],
  ])('decode %s to undefined', (_what, family, data) => {
    expect(family.decode(data)).toBeUndefined();
  });

  it('survive fields of a later version', () => {
    const later = Buffer.concat([locationEvents.encode(changed), Uint8Array.of(0xaa, 0x06, 0x01, 0x78)]);
    expect(locationEvents.decode(later)).toEqual(changed);
  });

  it.each(['', '_platform2', 'a.b', 'a*', '>', 'a b', 'a\r\n', 'x'.repeat(64)])(
    'take the tenant id %j for a bug',
    (tenantId) => {
      expect(isTenantToken(tenantId)).toBe(false);
      expect(() => locationEvents.pattern(tenantId)).toThrow(TypeError);
      const event = location.WatchResponse.create({ event: { $case: 'changed', value: { tenantId } } });
      expect(() => locationEvents.subject(event)).toThrow(TypeError);
    },
  );

  it.each(['demo', 'Tenant_1', '0', 'x'.repeat(63)])('take the tenant id %s', (tenantId) => {
    expect(locationEvents.pattern(tenantId)).toBe(`ringdown.v1.${tenantId}.location.*`);
  });

  it('keep call events of every tenant, and only those', () => {
    expect(callStream.subjects).toEqual([callEvents.pattern()]);
  });
});
