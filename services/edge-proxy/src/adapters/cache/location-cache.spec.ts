import type { location } from '@ringdown/contracts';
import { describe, expect, it } from 'vitest';
import type { BoundContacts, Lookup } from '../../ports/lookups.js';
import { OwningServices } from '../../testing/owning-services.js';
import { bindingOf } from '../../testing/tables.js';
import { LocationCache } from './location-cache.js';

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
    expect(await names()).toBe('absent');
  });

  it('leave out what is suspended, which is another thing than not to be registered', async () => {
    const { owning, cache, names } = setUp();
    owning.bind('acme', aor, [phone('a', { suspended: true }), phone('bb')]);
    expect(await names()).toEqual(['b']);
    const changed = (version: number, ...bindings: location.Binding[]) =>
      cache.changed({ tenantId: 'acme', addressOfRecord: aor, version, bindings });
    changed(5, phone('a', { suspended: true }), phone('bb', { suspended: true }));
    expect(await names()).toEqual([]);
    changed(6, phone('a'), phone('bb', { suspended: true }));
    expect(await names()).toEqual(['a']);
  });

  it('follow change events, newer over older', async () => {
    const { owning, cache, names } = setUp();
    owning.bind('acme', aor, [phone('a')]);
    await names();
    const changed = (version: number, ...bindings: location.Binding[]) =>
      cache.changed({ tenantId: 'acme', addressOfRecord: aor, version, bindings });
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
    expect(await names()).toBe('absent');
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
