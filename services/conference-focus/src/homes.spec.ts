import type { Postgres } from '@ringdown/platform';
import { createLogger } from '@ringdown/platform';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PodVoice } from './domain/pod.js';
import { focusDatabase, poolOf } from './testing/focus-database.js';
import { HomedPod, type HomedPodOptions } from './testing/homed-pod.js';

const waiting = { timeout: 10_000, interval: 20 };

describe.each(testedPostgresVersions())('homes of conferences on Postgres %s', { timeout: 60_000 }, (version) => {
  let server: TestPostgres;
  let url: string;
  let tables: Postgres;
  let said: Map<string, PodVoice>;
  const pools: Postgres[] = [];

  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  beforeEach(async () => {
    url = await focusDatabase(server);
    tables = poolOf(url);
    pools.push(tables);
    said = new Map();
  }, 60_000);
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  const sql = (text: string, values: unknown[] = []) => tables.query(text, values);
  /** A pod that has been there for a while, and whose word is stored. */
  const podOf = async (podId: string, over: Partial<HomedPodOptions> = {}): Promise<HomedPod> => {
    const postgres = poolOf(url);
    pools.push(postgres);
    const pod = new HomedPod({ postgres, said, life: { podId, incarnation: `${podId}-1` }, ...over });
    await pod.beat();
    await sql(`update conference.pods set begun_at = begun_at - interval '1 minute'`);
    await pod.beat();
    return pod;
  };
  const beat = async (...pods: HomedPod[]): Promise<void> => {
    for (const pod of pods) await pod.beat();
  };

  it('gives twenty who ask at once one answer, whichever pod they ask', async () => {
    const pods = [await podOf('focus-1'), await podOf('focus-2'), await podOf('focus-3')];
    await beat(...pods);
    const asked = Array.from({ length: 20 }, (_, index) => pods[index % 3] as HomedPod);
    for (const room of ['one', 'two', 'three', 'four', 'five']) {
      const answers = await Promise.all(asked.map((pod) => pod.locate(room)));
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toMatch(/^focus-[123]$/);
    }
  });

  it('lets one of two pods open a conference that both want at once', async () => {
    const pods = [await podOf('focus-1'), await podOf('focus-2')];
    for (let round = 0; round < 10; round += 1) {
      const claims = await Promise.all(pods.map(({ homes }) => homes.claim('acme', `room-${round}`)));
      const winner = claims.findIndex(({ kind }) => kind === 'ours');
      expect(claims[winner]).toEqual({ kind: 'ours' });
      expect(claims[1 - winner]).toEqual({ kind: 'elsewhere', podId: `focus-${winner + 1}` });
    }
  });

  it('spreads conferences by what pods say of their load, and by what they were given since', async () => {
    const pods = [await podOf('focus-1'), await podOf('focus-2', { load: { members: 40, busyShare: 0.3 } })];
    await beat(...pods);
    const [asked] = pods as [HomedPod];
    const given: string[] = [];
    for (let room = 0; room < 60; room += 1) given.push(await asked.locate(`room-${room}`));
    const onFirst = given.filter((pod) => pod === 'focus-1').length;
    // 0.24 of a thread is worth 24 conferences that were given away within the second.
    expect(onFirst).toBeGreaterThanOrEqual(41);
    expect(onFirst).toBeLessThanOrEqual(43);
  });

  it.each([
    ['no-room', {}, 'no-such-room'],
    ['no-room', { mayOpen: false }, 'no-such-room'],
    ['Standup', {}, 'no-such-room'],
    ['adhoc-abcdefghijkl', {}, 'no-such-room'],
    // Who asks what the room can do, or subscribes to it, opens nothing.
    ['standup', { mayOpen: false }, 'focus-1?'],
    ['conference-factory', {}, 'focus-1?'],
  ])('answers a question for %s (%j) with %s', async (room, over, answer) => {
    const pod = await podOf('focus-1');
    expect(await pod.locate(room, over)).toBe(answer);
    expect((await sql('select * from conference.homes')).count).toBe(0);
  });

  it('finds an ad hoc conference where it is open, and nowhere when it has ended', async () => {
    const [one, two] = [await podOf('focus-1'), await podOf('focus-2')];
    await beat(one);
    expect(await one.homes.claim('acme', 'adhoc-abcdefghijkl')).toEqual({ kind: 'ours' });
    expect(await two.locate('adhoc-abcdefghijkl', { mayOpen: false })).toBe('focus-1');
    one.homes.release('acme', 'adhoc-abcdefghijkl');
    await vi.waitFor(async () => expect(await two.locate('adhoc-abcdefghijkl')).toBe('no-such-room'), waiting);
  });

  it('keeps apart the rooms of two tenants', async () => {
    const [one, two] = [await podOf('focus-1'), await podOf('focus-2')];
    expect(await one.homes.claim('acme', 'standup')).toEqual({ kind: 'ours' });
    expect(await two.homes.claim('globex', 'standup')).toEqual({ kind: 'ours' });
  });

  it('opens a room anew at once after its end, and the late end of the first leaves it alone', async () => {
    const one = await podOf('focus-1');
    for (let round = 0; round < 20; round += 1) {
      const claim = one.homes.claim('acme', 'standup');
      one.homes.release('acme', 'standup');
      expect(await claim).toEqual({ kind: 'ours' });
    }
    expect(await one.homes.claim('acme', 'standup')).toEqual({ kind: 'ours' });
    await one.beat();
    expect((await sql('select * from conference.homes')).count).toBe(1);
  });

  it('lets an offer that was not taken up go to whoever asks next', async () => {
    const [one, two] = [await podOf('focus-1'), await podOf('focus-2', { load: { members: 0, busyShare: 1 } })];
    await beat(one);
    expect(await one.locate('standup')).toBe('focus-1');
    expect(await two.homes.claim('acme', 'standup')).toEqual({ kind: 'elsewhere', podId: 'focus-1' });
    await sql(`update conference.homes set offered_until = clock_timestamp() - interval '1 ms'`);
    expect(await two.homes.claim('acme', 'standup')).toEqual({ kind: 'ours' });
  });

  it('takes a room from an offer to one that opened it', async () => {
    const one = await podOf('focus-1');
    await one.locate('standup');
    expect(await one.homes.claim('acme', 'standup')).toEqual({ kind: 'ours' });
    await sql(
      `update conference.homes set offered_until = clock_timestamp() - interval '1 ms' where offered_until is not null`,
    );
    expect(await one.locate('standup')).toBe('focus-1');
  });

  describe('a pod that is gone', () => {
    const lost = { podId: 'focus-1', incarnation: 'focus-1-1' };

    it('is believed to be by the word of an edge and the silence of the bus, before its lease is over', async () => {
      const [one, two] = [await podOf('focus-1'), await podOf('focus-2')];
      await beat(one, two);
      await one.homes.claim('acme', 'standup');
      expect(await two.locate('standup', { notPod: lost })).toBe('focus-1');
      said.set('focus-1', 'unheard');
      expect(await two.locate('standup')).toBe('focus-1');
      expect(await two.locate('standup', { notPod: { ...lost, incarnation: 'earlier' } })).toBe('focus-1');
      expect(await two.locate('standup', { notPod: lost })).toBe('focus-2');
      // What was decided holds for everybody.
      expect(await two.locate('standup')).toBe('focus-2');
    });

    it('is believed to be by the end of its lease and the silence of the bus', async () => {
      const [one, two] = [await podOf('focus-1'), await podOf('focus-2')];
      await one.homes.claim('acme', 'standup');
      await sql(`update conference.pods set beat_at = clock_timestamp() - interval '70 s' where pod_id = 'focus-1'`);
      await two.beat();
      expect(await two.locate('standup')).toBe('focus-1');
      said.set('focus-1', 'unheard');
      expect(await two.locate('standup')).toBe('focus-2');
    });

    it('has no conferences any more, also where nobody asks for them', async () => {
      let now = 0;
      const [one, two] = [await podOf('focus-1'), await podOf('focus-2', { now: () => now })];
      await one.homes.claim('acme', 'standup');
      await two.homes.claim('acme', 'retro');
      await sql(`update conference.pods set beat_at = clock_timestamp() - interval '70 s' where pod_id = 'focus-1'`);
      now += 6_000;
      await two.beat();
      expect((await sql('select * from conference.homes')).count).toBe(2);
      said.set('focus-1', 'unheard');
      now += 6_000;
      await two.beat();
      const left = async () => (await sql('select room from conference.homes')).rows;
      await vi.waitFor(async () => expect(await left()).toEqual([{ room: 'retro' }]), waiting);
    });

    it('is gone by its own word at once', async () => {
      const [one, two] = [await podOf('focus-1'), await podOf('focus-2')];
      await one.homes.claim('acme', 'standup');
      await one.registration.stop();
      await two.beat();
      expect(await two.locate('standup')).toBe('focus-2');
      expect((await sql('select * from conference.pods')).count).toBe(1);
    });

    it('leaves nothing to its next life', async () => {
      const one = await podOf('focus-1');
      await one.homes.claim('acme', 'standup');
      const next = await podOf('focus-1', { life: { podId: 'focus-1', incarnation: 'focus-1-2' } });
      const located = await next.located('standup');
      expect(located).toMatchObject({ kind: 'home', pod: { incarnation: 'focus-1-2' } });
      // The earlier life finds out with its next word, and sends its members away.
      await one.beat();
      expect(one.taken).toEqual(['acme standup']);
      expect(one.registration.trouble).toMatch(/another pod has the name/);
      expect(await one.homes.claim('acme', 'other')).toEqual({ kind: 'draining' });
    });

    it('that comes back finds out what others have of its conferences, and keeps the rest', async () => {
      let now = 0;
      const one = await podOf('focus-1', { now: () => now });
      const two = await podOf('focus-2');
      for (const room of ['one', 'two', 'three']) await one.homes.claim('acme', room);
      // It was cut off from everything, and somebody has dialled one of its rooms again.
      said.set('focus-1', 'unheard');
      await sql(`update conference.pods set beat_at = clock_timestamp() - interval '70 s' where pod_id = 'focus-1'`);
      await two.beat();
      expect(await two.locate('two')).toBe('focus-2');
      // Another was even opened there, and has ended.
      expect(await two.homes.claim('acme', 'three')).toEqual({ kind: 'ours' });
      two.homes.release('acme', 'three');
      await vi.waitFor(async () => expect((await sql('select * from conference.homes')).count).toBe(2), waiting);
      now += 70_000;
      said.set('focus-1', 'heard');
      await one.beat();
      await vi.waitFor(() => expect(one.taken).toEqual(['acme two']), waiting);
      await vi.waitFor(async () => expect(await two.locate('three')).toBe('focus-1'), waiting);
      expect(await two.locate('one')).toBe('focus-1');
    });
  });

  it('takes no pod for gone when Postgres was silent to all of them', async () => {
    const times = { stallMs: 20_000 };
    const [one, two] = [await podOf('focus-1', { times }), await podOf('focus-2', { times })];
    await one.homes.claim('acme', 'standup');
    // Nobody was heard for longer than a lease; the second is the first to be heard again, and the bus is away too.
    await sql(`update conference.pods set beat_at = clock_timestamp() - interval '80 s'`);
    await sql(`update conference.beat_clock set beat_at = clock_timestamp() - interval '80 s'`);
    said.set('focus-1', 'unknown');
    await two.beat();
    expect(await two.locate('standup')).toBe('focus-1');
    // A minute later whoever lives has been heard.
    await sql(`update conference.beat_clock set silent_until = clock_timestamp() - interval '61 s'`);
    await two.beat();
    expect(await two.locate('standup')).toBe('focus-2');
  });

  it('goes on with what is open while Postgres is away, opens nothing, and stores later what has ended', async () => {
    const logged: string[] = [];
    const logger = createLogger({
      service: 'conference-focus',
      level: 'warn',
      pretty: false,
      write: (line) => logged.push(line),
    });
    const one = await podOf('focus-1', { logger });
    await one.homes.claim('acme', 'standup');
    await one.homes.claim('acme', 'retro');
    await server.kill9();
    try {
      await one.beat();
      expect(await one.homes.claim('acme', 'standup')).toEqual({ kind: 'ours' });
      expect(await one.homes.claim('acme', 'new')).toEqual({ kind: 'unavailable' });
      expect(await one.locate('standup')).toBe('focus-1');
      await expect(one.located('new')).rejects.toMatchObject({ code: 'unavailable' });
      one.homes.release('acme', 'retro');
    } finally {
      await server.restart();
    }
    await vi.waitFor(async () => {
      await one.beat();
      expect((await sql('select room from conference.homes')).rows).toEqual([{ room: 'standup' }]);
    }, waiting);
    expect(one.taken).toEqual([]);
    expect(logged.filter((line) => line.includes('this pod is there'))).toHaveLength(1);
  });

  it('gives a draining pod nothing new, and finds what it still has', async () => {
    const [one, two] = [await podOf('focus-1'), await podOf('focus-2', { load: { members: 0, busyShare: 0.9 } })];
    await beat(one, two);
    await one.homes.claim('acme', 'standup');
    expect(await two.locate('offered')).toBe('focus-1');
    await one.homes.drain();
    await one.registration.drain();
    await two.beat();
    expect(await two.locate('new')).toBe('focus-2');
    expect(await two.locate('offered')).toBe('focus-2');
    expect(await two.locate('standup')).toBe('focus-1');
    expect(await one.homes.claim('acme', 'standup')).toEqual({ kind: 'ours' });
    expect(await one.homes.claim('acme', 'another')).toEqual({ kind: 'draining' });
    await two.homes.drain();
    await two.registration.drain();
    expect(await two.locate('newer')).toBe('no-pod');
  });

  it('holds a tenant to its limit, however many ask at once on whichever pod', async () => {
    const maxConferences = 3;
    const pods = [await podOf('focus-1', { maxConferences }), await podOf('focus-2', { maxConferences })];
    await beat(...pods);
    const asked = Array.from({ length: 12 }, (_, index) => (pods[index % 2] as HomedPod).locate(`room-${index}`));
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === 'limit')).toHaveLength(9);
    const given = answers.findIndex((answer) => answer !== 'limit');
    const [one] = pods as [HomedPod];
    // Who has one may go on, and what has ended makes room.
    expect(await one.locate(`room-${given}`)).toBe(answers[given]);
    expect(await one.homes.claim('acme', 'adhoc-abcdefghijkl')).toEqual({ kind: 'limit', limit: 3 });
    await sql('delete from conference.homes where room = $1', [`room-${given}`]);
    expect(await one.homes.claim('acme', 'adhoc-abcdefghijkl')).toEqual({ kind: 'ours' });
  });

  it('forgets pods that are long gone, and offers that nobody took up', async () => {
    const [one, two] = [await podOf('focus-1'), await podOf('focus-2')];
    await beat(one, two);
    await one.locate('offered');
    await two.homes.claim('acme', 'standup');
    await sql(
      `update conference.homes set claimed_at = claimed_at - interval '2 h', offered_until = offered_until - interval '2 h'`,
    );
    await sql(`update conference.pods set beat_at = beat_at - interval '2 h' where pod_id = 'focus-2'`);
    await one.registration.forget();
    expect((await sql('select room from conference.homes')).rows).toEqual([]);
    expect((await sql('select pod_id from conference.pods')).rows).toEqual([{ pod_id: 'focus-1' }]);
  });
});
