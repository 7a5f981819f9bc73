import { conference, conferenceEvents, events } from '@ringdown/contracts';
import type { Bus } from '@ringdown/platform';
import { describe, expect, it } from 'vitest';
import { ConferenceFixture } from '../../testing/conference-fixture.js';
import { EventListeners } from '../../use-cases/event-listeners.js';
import { BusConferenceEvents } from './bus-conference-events.js';

interface Told {
  readonly subject: string;
  readonly message: events.ConferenceEvent;
}

/** A conference whose events go to a bus that remembers. */
function scene() {
  const fixture = new ConferenceFixture();
  const told: Told[] = [];
  const bus: Pick<Bus, 'publish'> = {
    publish(subject, data) {
      told.push({ subject, message: conferenceEvents.decode(data)! });
      return true;
    },
  };
  const onBus = new BusConferenceEvents({
    bus: bus as Bus,
    focusId: 'focus-1',
    conferences: () => fixture.conferences,
    timers: fixture.time,
    now: fixture.time.now,
  });
  const { events: recorded } = fixture;
  const all = new EventListeners([onBus]);
  recorded.happened = (event) => all.happened(event);
  recorded.refused = (refusal) => all.refused(refusal);
  const rosters = () => told.flatMap(({ message: { event } }) => (event?.$case === 'roster' ? [event.value] : []));
  return { fixture, told, rosters, onBus };
}

describe('events of conferences on the bus', () => {
  it('go under their tenant, each with the conference, the pod and the time', async () => {
    const { fixture, told } = scene();
    await fixture.join('alice');
    const { subject, message } = told.find(({ message }) => message.event?.$case === 'joined')!;
    expect(subject).toBe('ringdown.v1.acme.conferences.joined');
    expect(message).toMatchObject({
      tenantId: 'acme',
      room: 'sales',
      conferenceId: fixture.conference.id,
      focusId: 'focus-1',
      atMs: fixture.time.nowMs,
      event: {
        value: {
          member: { uri: 'sip:alice@acme.test', displayName: 'alice' },
          how: conference.JoiningMethod.DIALED_IN,
          role: conference.Role.PARTICIPANT,
        },
      },
    });
    expect(new Set(told.map(({ message }) => message.eventId)).size).toBe(told.length);
  });

  it('tell the whole roster, then what changes in it, a tenth of a second together', async () => {
    const { fixture, rosters } = scene();
    const alice = await fixture.join('alice');
    await fixture.time.pass(100);
    expect(rosters()).toHaveLength(1);
    expect(rosters()[0]).toMatchObject({ afterVersion: 0, users: [{ entity: 'sip:alice@acme.test' }] });

    await fixture.join('bob');
    await fixture.join('carol');
    await fixture.conference.control({ kind: 'operator' }, { type: 'mute', member: alice.id });
    await fixture.time.pass(100);
    const [, step] = rosters();
    expect(rosters()).toHaveLength(2);
    expect(step!.afterVersion).toBe(rosters()[0]!.state!.version);
    expect(step!.state!.version).toBe(fixture.conference.roster().version);
    expect(step!.users.map(({ entity }) => entity)).toEqual([
      'sip:alice@acme.test',
      'sip:bob@acme.test',
      'sip:carol@acme.test',
    ]);

    await fixture.time.pass(1_000);
    expect(rosters()).toHaveLength(2);
  });

  it('end with the end, and leave no timer behind', async () => {
    const { fixture, told, rosters } = scene();
    await fixture.join('alice');
    await fixture.conference.control({ kind: 'operator' }, { type: 'end' });
    await fixture.time.pass(10_000);
    expect(rosters().at(-1)).toMatchObject({ state: { active: false } });
    expect(told.find(({ message }) => message.event?.$case === 'ended')?.message.event).toMatchObject({
      value: { end: events.ConferenceEnd.ENDED },
    });
    expect(fixture.time.waiting).toBe(0);
  });

  it('tell who was refused', async () => {
    const { fixture, told } = scene();
    await fixture.refused('alice', { room: 'none' });
    expect(told.map(({ subject, message }) => [subject, message.event])).toEqual([
      [
        'ringdown.v1.acme.conferences.refused',
        { $case: 'refused', value: { uri: 'sip:alice@acme.test', statusCode: 404, why: 'no-room' } },
      ],
    ]);
  });

  it('tell nothing after they were closed', async () => {
    const { fixture, told, onBus } = scene();
    await fixture.join('alice');
    onBus.close();
    const before = told.length;
    await fixture.conference.control({ kind: 'operator' }, { type: 'lock' });
    await fixture.time.pass(1_000);
    expect(told.slice(before).map(({ message }) => message.event?.$case)).toEqual(['locked']);
  });
});
