import { canRunWith } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConferencePlace, domain } from './conference/conference-place.js';
import { schemaErrors } from './conference/roster-schema.js';
import { RosterView } from './conference/roster-view.js';
import type { ScriptedMember, StandingCall } from './conference/scripted-member.js';

const startMs = 120_000;
const limitMs = 180_000;
const steps = 1_000;
const people = Array.from({ length: 12 }, (_, index) => `user${index + 1}`);
const room = 'crowd';

interface Person {
  readonly name: string;
  readonly phone: ScriptedMember;
  call: StandingCall | undefined;
}

let place: ConferencePlace;

/** A random source that a failing run names, so that it can be run again (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe.runIf(canRunWith('nats-server'))("a subscriber's roster", () => {
  beforeAll(async () => {
    place = await ConferencePlace.start({ users: [...people, 'watcher', 'keeper'] });
    await place.api().putRoom(room, { joinTones: false, holdMusic: false, moderators: [`sip:watcher@${domain}`] });
  }, startMs);
  afterAll(() => place?.stop());

  it(`equals the focus's own after ${steps} random joins, leaves and mutes, and every document is valid`, {
    timeout: limitMs,
  }, async () => {
    const seed = Number(process.env['ROSTER_SEED'] ?? Date.now() % 2 ** 31);
    const random = randomFrom(seed);
    const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
    const [keeper, watcher] = [await place.member('keeper'), await place.member('watcher', { edge: 1 })];
    // Without one who stays it would be one conference after the other.
    await keeper.call(`sip:${room}@${domain}`);
    const subscribed = await watcher.subscribe(`sip:${room}@${domain}`);
    expect(subscribed.answer.statusCode).toBe(200);
    const persons = await Promise.all(
      people.map(async (name, index): Promise<Person> => {
        return { name, phone: await place.member(name, { edge: index % 2 }), call: undefined };
      }),
    );

    const done = { joins: 0, mutes: 0, unmutes: 0 };
    const left: (number | undefined)[] = [];
    for (let step = 0; step < steps; step += 1) {
      const person = pick(persons);
      if (person === undefined) throw new Error('nobody to pick');
      const { call, name, phone } = person;
      if (call === undefined) {
        person.call = await phone.call(`sip:${room}@${domain}`);
        done.joins += 1;
      } else if (random() < 0.5) {
        person.call = undefined;
        left.push((await phone.within(call, 'BYE')).statusCode);
      } else {
        const muted = random() < 0.5;
        await place.api().change(room, `${name}@${domain}`, { muted });
        done[muted ? 'mutes' : 'unmutes'] += 1;
      }
    }

    expect(new Set(left)).toEqual(new Set([200]));

    const { view, own, documents } = await settled(watcher);
    process.stdout.write(
      `\nseed ${seed}: ${JSON.stringify({ ...done, leaves: left.length })}; ${documents.length} documents, ${own.users.size} users in the end\n`,
    );
    expect(view.gaps, `seed ${seed}`).toBe(0);
    expect(view.users, `seed ${seed}`).toEqual(own.users);
    expect([view.field('user-count'), view.field('locked')]).toEqual([own.field('user-count'), own.field('locked')]);
    const expected = ['keeper', ...persons.filter(({ call }) => call !== undefined).map(({ name }) => name)];
    expect([...view.users.keys()].toSorted()).toEqual(expected.map((name) => `sip:${name}@${domain}`).toSorted());
    expect(await schemaErrors(documents)).toEqual([]);
  });
});

/** The roster as the watcher has been told, and the focus's own, once those who have left stand in neither any more, or after a while. */
async function settled(watcher: ScriptedMember) {
  const documents = () => watcher.notifications.map(({ body }) => body).filter((body) => body !== '');
  const read = (all: readonly string[]): RosterView => {
    const view = new RosterView();
    for (const document of all) view.read(document);
    return view;
  };
  let own = new RosterView();
  await expect
    .poll(
      async () => {
        own = read([await place.api().document(room)]);
        const has = [...own.users.values()].flatMap(({ endpoints }) => endpoints.map(({ status }) => status));
        return has.includes('disconnected') ? [] : [...own.users];
      },
      { timeout: 20_000, interval: 500 },
    )
    .toEqual(expect.arrayContaining([expect.anything()]));
  await expect.poll(() => [...read(documents()).users], { timeout: 10_000, interval: 200 }).toEqual([...own.users]);
  return { view: read(documents()), own, documents: documents() };
}
