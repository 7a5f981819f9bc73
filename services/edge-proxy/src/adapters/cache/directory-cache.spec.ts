import type { directory } from '@ringdown/contracts';
import { describe, expect, it } from 'vitest';
import type { Lookup } from '../../ports/lookups.js';
import { OwningServices } from '../../testing/owning-services.js';
import { byDomain, routeOf, subscriberOf, tenantOf, toNextHop } from '../../testing/tables.js';
import { DirectoryCache } from './directory-cache.js';

const tenant = tenantOf('acme', 'example.com');
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const owning = new OwningServices();
  owning.add(tenant, [subscriberOf(tenant, 'alice')]);
  owning.numbers.set('+4930123', { tenantId: 'acme', username: 'alice' });
  owning.routes.set('acme', [routeOf(byDomain('peer.test'), toNextHop(''))]);
  const failures: unknown[] = [];
  const clock = { at: 0 };
  const cache = new DirectoryCache({
    service: owning.directory,
    now: () => clock.at,
    capacity: 100,
    silenceMs: 3_000,
    timeoutMs: 100,
    failed: (error) => failures.push(error),
    succeeded: () => undefined,
  });
  cache.heard();
  return { owning, cache, clock, failures };
}

type Kind = 'domain' | 'tenant' | 'number' | 'subscriber' | 'routes';

async function ask(cache: DirectoryCache, kind: Kind): Promise<Lookup<unknown>> {
  const answers: Lookup<unknown>[] = [];
  const answered = (answer: Lookup<unknown>) => answers.push(answer);
  if (kind === 'domain') cache.tenantByDomain('example.com', answered);
  else if (kind === 'tenant') cache.tenant('acme', answered);
  else if (kind === 'number') cache.tenantByNumber('+4930123', answered);
  else if (kind === 'subscriber') cache.subscriber('acme', 'alice', answered);
  else cache.routes('acme', answered);
  await turn();
  await turn();
  return answers[0] as Lookup<unknown>;
}

const kinds: readonly Kind[] = ['domain', 'tenant', 'number', 'subscriber', 'routes'];
const change = (subject: NonNullable<directory.Change['subject']>, version = 9): directory.Change => ({
  tenantId: 'acme',
  version,
  subject,
});

describe('directory’s answers', () => {
  it.each(kinds)('%s: asked for once', async (kind) => {
    const { owning, cache } = setUp();
    expect((await ask(cache, kind)).kind).toBe('found');
    await ask(cache, kind);
    expect(owning.asked.directory).toBe(1);
  });

  it.each(kinds)('%s: none, asked for once too', async (kind) => {
    const { owning, cache } = setUp();
    owning.domains.clear();
    owning.subscribers.clear();
    owning.numbers.clear();
    const first = await ask(cache, kind);
    expect(first.kind).toBe(kind === 'routes' ? 'found' : 'absent');
    await ask(cache, kind);
    expect(owning.asked.directory).toBe(1);
  });

  it.each(kinds)('%s: unavailable where it can’t be asked', async (kind) => {
    const { owning, cache, failures } = setUp();
    owning.away.add('directory');
    expect((await ask(cache, kind)).kind).toBe('unavailable');
    expect(failures).toHaveLength(1);
  });
});

describe('a change', () => {
  const removed = false;
  it.each([
    {
      name: 'of the tenant',
      subject: { $case: 'tenant', value: { removed } },
      forgets: ['domain', 'tenant', 'subscriber', 'routes'],
    },
    {
      name: 'of the domain',
      subject: { $case: 'domain', value: { domain: 'example.com', removed } },
      forgets: ['domain'],
    },
    { name: 'of another domain', subject: { $case: 'domain', value: { domain: 'other.test', removed } }, forgets: [] },
    { name: 'of the number', subject: { $case: 'number', value: { e164: '+4930123', removed } }, forgets: ['number'] },
    {
      name: 'of the subscriber',
      subject: { $case: 'subscriber', value: { username: 'alice', removed } },
      forgets: ['subscriber'],
    },
    {
      name: 'of another subscriber',
      subject: { $case: 'subscriber', value: { username: 'bob', removed } },
      forgets: [],
    },
    { name: 'of many subscribers', subject: { $case: 'subscribers', value: { count: 9 } }, forgets: ['subscriber'] },
    { name: 'of the routes', subject: { $case: 'routes', value: { routeId: 'r', removed } }, forgets: ['routes'] },
  ] as const)('$name makes the cache ask again for $forgets', async ({ subject, forgets }) => {
    const { owning, cache } = setUp();
    for (const kind of kinds) await ask(cache, kind);
    cache.changed(change(subject as NonNullable<directory.Change['subject']>));
    const again: Kind[] = [];
    owning.version = 10;
    for (const kind of kinds) {
      const before = owning.asked.directory;
      await ask(cache, kind);
      if (owning.asked.directory > before) again.push(kind);
    }
    expect(again).toEqual(forgets);
  });

  it('that is older than the answer changes nothing', async () => {
    const { owning, cache } = setUp();
    owning.version = 20;
    await ask(cache, 'subscriber');
    cache.changed(change({ $case: 'subscriber', value: { username: 'alice', removed } }));
    await ask(cache, 'subscriber');
    expect(owning.asked.directory).toBe(1);
  });

  it('missed ones make all of it ask again', async () => {
    const { owning, cache, clock } = setUp();
    for (const kind of kinds) await ask(cache, kind);
    clock.at = 1;
    cache.distrustAll();
    for (const kind of kinds) await ask(cache, kind);
    expect(owning.asked.directory).toBe(2 * kinds.length);
  });
});
