import { location } from '@ringdown/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BoundContacts, Lookup } from '../../ports/lookups.js';
import { OwningServices } from '../../testing/owning-services.js';
import { bindingOf } from '../../testing/tables.js';
import { LocationCache } from './location-cache.js';

const { REGISTERED, FLOW_GONE, SUSPENDED, LEASE_ENDED, EXPIRED } = location.ChangeReason;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const aor = 'sip:bob@example.com';
const phone = (name: string, over: Partial<location.Binding> = {}) =>
  bindingOf(
    `sip:${name}@192.0.2.1`,
    { edgeId: 'e', incarnation: 'i', flowToken: `udp/192.0.2.1/${name.length}` },
    over,
  );

function setUp() {
  const owning = new OwningServices();
  const clock = { at: 0 };
  const failures: unknown[] = [];
  const cache = new LocationCache({
    service: owning.location,
    now: () => clock.at,
    capacity: 100,
    silenceMs: 3_000,
    timeoutMs: 100,
    failed: (error) => failures.push(error),
    succeeded: () => undefined,
  });
  cache.heard();
  const ask = async (): Promise<Lookup<BoundContacts>> => {
    const answers: Lookup<BoundContacts>[] = [];
    cache.bindings('acme', aor, (answer) => answers.push(answer));
    await turn();
    await turn();
    return answers[0] as Lookup<BoundContacts>;
  };
  const names = async () => {
    const answer = await ask();
    return answer.kind === 'found' ? answer.value.bindings.map(({ uri }) => uri.slice(4, 5)) : answer.kind;
  };
  return { owning, clock, failures, cache, ask, names };
}

describe('location’s bindings', () => {
  it('are asked for once', async () => {
    const { owning, names } = setUp();
    owning.bind('acme', aor, [phone('a'), phone('bb')]);
    expect([await names(), await names(), owning.asked.location]).toEqual([['a', 'b'], ['a', 'b'], 1]);
  });

  it('"none" is asked for each time: the phone may register a moment later (D1)', async () => {
    const { owning, names } = setUp();
    expect([await names(), await names(), owning.asked.location]).toEqual(['absent', 'absent', 2]);
  });

  it('leave out what has expired, and are none when all has', async () => {
    const { owning, clock, cache, names } = setUp();
    owning.bind('acme', aor, [phone('a', { remainingMs: 1_000 }), phone('bb', { remainingMs: 2_000 })]);
    expect(await names()).toEqual(['a', 'b']);
    clock.at = 1_000;
    cache.heard();
    expect(await names()).toEqual(['b']);
    clock.at = 2_000;
    owning.bindings.clear();
    expect(await names()).toBe('absent');
  });

  it('leave out what is suspended, which is another thing than not to be registered', async () => {
    const { owning, cache, names } = setUp();
    owning.bind('acme', aor, [phone('a', { suspended: true }), phone('bb')]);
    expect(await names()).toEqual(['b']);
    const changed = (version: number, ...bindings: location.Binding[]) =>
      cache.changed({ tenantId: 'acme', addressOfRecord: aor, version, bindings, reason: REGISTERED });
    changed(5, phone('a', { suspended: true }), phone('bb', { suspended: true }));
    owning.bindings.set(`acme ${aor}`, [phone('a', { suspended: true }), phone('bb', { suspended: true })]);
    expect(await names()).toEqual([]);
    changed(6, phone('a'), phone('bb', { suspended: true }));
    expect(await names()).toEqual(['a']);
  });

  it('are asked for once more before nobody is said to be there', async () => {
    const { owning, names } = setUp();
    owning.bind('acme', aor, [phone('a', { suspended: true })]);
    expect([await names(), owning.asked.location]).toEqual([[], 2]);
    owning.bind('acme', aor, [phone('a', { suspended: true }), phone('bb')]);
    expect([await names(), owning.asked.location]).toEqual([['b'], 3]);
    expect([await names(), owning.asked.location]).toEqual([['b'], 3]);
  });

  it('follow change events, newer over older', async () => {
    const { owning, cache, names } = setUp();
    owning.bind('acme', aor, [phone('a')]);
    await names();
    const changed = (version: number, ...bindings: location.Binding[]) =>
      cache.changed({ tenantId: 'acme', addressOfRecord: aor, version, bindings, reason: REGISTERED });
    changed(5, phone('bb'));
    expect(await names()).toEqual(['b']);
    changed(4, phone('ccc'));
    expect(await names()).toEqual(['b']);
    changed(6);
    owning.bindings.clear();
    expect(await names()).toBe('absent');
  });

  it('are asked for again after silence, and served stale while location is away', async () => {
    const { owning, clock, failures, names } = setUp();
    owning.bind('acme', aor, [phone('a')]);
    await names();
    clock.at = 10_000;
    owning.away.add('location');
    expect([await names(), failures.length]).toEqual([['a'], 1]);
    owning.away.clear();
    owning.bind('acme', aor, [phone('bb')]);
    clock.at = 13_000;
    expect(await names()).toEqual(['b']);
  });

  it('are served at once while location is known to be away, with one question at a time after it', async () => {
    const { owning, clock, cache, names } = setUp();
    owning.bind('acme', aor, [phone('a')]);
    await names();
    clock.at = 10_000;
    owning.away.add('location');
    await names();
    const answerWithLocation = owning.hold();
    const asked = owning.asked.location;
    const kinds: string[] = [];
    for (let times = 0; times < 3; times++) cache.bindings('acme', aor, ({ kind }) => kinds.push(kind));
    expect([kinds, owning.asked.location - asked]).toEqual([['found', 'found', 'found'], 1]);
    owning.away.clear();
    owning.bind('acme', aor, [phone('bb')]);
    answerWithLocation();
    await turn();
    expect(await names()).toEqual(['b']);
  });

  it('are asked for again once a registration was acknowledged here', async () => {
    const { owning, cache, names } = setUp();
    owning.bind('acme', aor, [phone('a')]);
    await names();
    owning.bind('acme', aor, [phone('bb')]);
    expect(await names()).toEqual(['a']);
    cache.registered('acme', aor);
    expect(await names()).toEqual(['b']);
  });

  it('but never past their expiry', async () => {
    const { owning, clock, names } = setUp();
    owning.bind('acme', aor, [phone('a', { remainingMs: 5_000 })]);
    await names();
    clock.at = 10_000;
    owning.away.add('location');
    expect(await names()).toBe('unavailable');
  });
});

describe('a flow that is gone', () => {
  it('is taken back by what names it', async () => {
    const { owning, cache } = setUp();
    cache.flowGone('acme', aor, phone('a'));
    cache.flowGone('acme', aor, bindingOf('sip:without@flow', undefined));
    await turn();
    expect(owning.unbound).toEqual([
      {
        tenantId: 'acme',
        addressOfRecord: aor,
        bindingKey: 'sip:a@192.0.2.1',
        flowToken: 'udp/192.0.2.1/1',
        edgeId: 'e',
        incarnation: 'i',
      },
    ]);
  });

  it('is told once more when location can’t be asked', async () => {
    const { owning, cache, failures } = setUp();
    owning.away.add('location');
    cache.flowGone('acme', aor, phone('a'));
    await turn();
    await turn();
    expect(failures).toHaveLength(1);
  });
});

describe('a phone that has just lost its connection', () => {
  afterEach(() => void vi.useRealTimers());

  /** Asks, and says what has been answered so far. */
  async function asking({ cache }: ReturnType<typeof setUp>) {
    const answers: (readonly string[] | string)[] = [];
    cache.bindings('acme', aor, (answer) => {
      answers.push(answer.kind === 'found' ? answer.value.bindings.map(({ uri }) => uri.slice(4, 5)) : answer.kind);
    });
    await turn();
    return answers;
  }

  function lost(reason: location.ChangeReason, ...bindings: location.Binding[]) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const world = setUp();
    world.owning.bind('acme', aor, bindings);
    const change = (version: number, next: readonly location.Binding[], why: location.ChangeReason) => {
      world.owning.bind('acme', aor, next);
      world.cache.changed({ tenantId: 'acme', addressOfRecord: aor, version, bindings: next, reason: why });
    };
    change(5, bindings, reason);
    const pass = async (ms: number): Promise<void> => {
      world.clock.at += ms;
      vi.advanceTimersByTime(ms);
      await turn();
      await turn();
    };
    return { ...world, change, pass };
  }

  it.each([
    ['flow', FLOW_GONE, []],
    ['edge', SUSPENDED, [phone('a', { suspended: true })]],
    ['edge, for good,', LEASE_ENDED, []],
  ] as const)('since its %s is gone, is waited for', async (_, reason, bindings) => {
    const world = lost(reason, ...bindings);
    const answers = await asking(world);
    await world.pass(5_900);
    expect(answers).toEqual([]);
    world.change(6, [phone('bb')], REGISTERED);
    await world.pass(0);
    expect(answers).toEqual([['b']]);
  });

  it('isn’t waited for longer than six seconds, all in all', async () => {
    const world = lost(FLOW_GONE);
    await world.pass(2_000);
    const answers = await asking(world);
    await world.pass(3_999);
    expect(answers).toEqual([]);
    await world.pass(1);
    expect(answers).toEqual(['absent']);
    expect(await asking(world)).toEqual(['absent']);
  });

  it.each([
    ['has unregistered', REGISTERED],
    ['has not refreshed its registration', EXPIRED],
  ] as const)('or which %s, isn’t', async (_, reason) => {
    expect(await asking(lost(reason))).toEqual(['absent']);
  });

  it('isn’t while the person has another one', async () => {
    expect(await asking(lost(FLOW_GONE, phone('a')))).toEqual([['a']]);
  });

  it('is no target from the moment on that somebody has found out, though location doesn’t know yet', async () => {
    const world = lost(REGISTERED, phone('a'));
    world.cache.flowGone('acme', aor, phone('a'));
    const answers = await asking(world);
    expect(answers).toEqual([]);
    world.change(6, [phone('a'), phone('bb')], REGISTERED);
    await world.pass(0);
    expect(answers).toEqual([['a', 'b']]);
  });

  it('at an edge that can’t be reached is called there again after the wait', async () => {
    const world = lost(REGISTERED, phone('a'));
    world.cache.ownerAway('acme', aor, phone('a'));
    const answers = await asking(world);
    expect([answers, world.owning.unbound]).toEqual([[], []]);
    world.cache.heard();
    await world.pass(6_000);
    expect(answers).toEqual([['a']]);
  });
});
