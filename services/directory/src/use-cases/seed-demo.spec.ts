import { findPostgres, startPostgres, type TestPostgres } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashPassword } from '../domain/credentials.js';
import type { DirectoryStore } from '../ports/directory-store.js';
import { ask, type DirectoryProcess, startDirectoryProcess } from '../testing/directory-process.js';
import {
  DEMO_TENANT,
  DEMO_USERNAMES,
  replaceDemoPasswords,
  seedDemo,
  subscribersWithKnownPasswords,
} from './seed-demo.js';

describe('the demo tenant', () => {
  let postgres: TestPostgres;
  let process: DirectoryProcess;
  let store: DirectoryStore;

  beforeAll(async () => {
    postgres = await startPostgres({ version: findPostgres('18') === undefined ? '15' : '18' });
  }, 60_000);
  afterAll(() => postgres?.stop());
  beforeEach(async () => {
    process = await startDirectoryProcess(await postgres.createDatabase());
    store = process.directory.store;
  });
  afterEach(() => process.stop());

  it('has its domains and its four subscribers', async () => {
    const seeded = await seedDemo(store);
    expect(seeded).toEqual({
      createdSubscribers: ['alice', 'bob', 'carol', 'dave'].map((username) => ({
        username,
        password: `${username}-demo`,
      })),
      refusedAliases: [],
    });
    expect((await store.tenant(DEMO_TENANT)).value).toMatchObject({
      canonicalDomain: 'demo.ringdown.test',
      realm: 'demo.ringdown.test',
    });
    const domains = await store.domains(DEMO_TENANT, { limit: 10, after: undefined });
    expect(domains.items.map(({ domain }) => domain)).toEqual(['127.0.0.1', 'demo.ringdown.test', 'localhost']);
    for (const username of DEMO_USERNAMES) {
      const { value } = await store.subscriber(DEMO_TENANT, username);
      expect(value?.ha1s).toEqual(hashPassword(username, 'demo.ringdown.test', `${username}-demo`));
      expect(value?.subscriber.identities).toEqual([`sip:${username}@demo.ringdown.test`]);
    }
  });

  it('stays as it is at the second start, with what an operator changed', async () => {
    await seedDemo(store);
    await ask(process.url, 'PUT', '/v1/tenants/demo/subscribers/bob', {
      json: { password: 'changed', displayName: 'Robert' },
    });
    await ask(process.url, 'PUT', '/v1/tenants/demo', {
      json: { canonicalDomain: 'demo.ringdown.test', limits: { maxConcurrentCalls: 3 } },
    });
    const before = await store.position();
    expect(await seedDemo(store)).toEqual({ createdSubscribers: [], refusedAliases: [] });
    expect(await store.position()).toBe(before);
    expect((await store.tenant(DEMO_TENANT)).value?.limits.maxConcurrentCalls).toBe(3);
  });

  it('takes further aliases, and says which ones another tenant has', async () => {
    await ask(process.url, 'PUT', '/v1/tenants/acme', { json: { canonicalDomain: '192.0.2.7' } });
    const seeded = await seedDemo(store, { furtherAliases: ['192.0.2.8', '192.0.2.7', '[2001:db8::1]'] });
    expect(seeded.refusedAliases).toEqual(['192.0.2.7']);
    const { items } = await store.domains(DEMO_TENANT, { limit: 10, after: undefined });
    expect(items.map(({ domain }) => domain)).toEqual([
      '127.0.0.1',
      '192.0.2.8',
      '[2001:db8::1]',
      'demo.ringdown.test',
      'localhost',
    ]);
  });

  it('knows whose password everybody knows, and replaces them', async () => {
    expect(await subscribersWithKnownPasswords(store)).toEqual([]);
    await seedDemo(store);
    await ask(process.url, 'PUT', '/v1/tenants/demo/subscribers/bob', { json: { password: 'changed' } });
    await ask(process.url, 'PUT', '/v1/tenants/demo/subscribers/dave', { json: { enabled: false } });
    expect(await subscribersWithKnownPasswords(store)).toEqual(['alice', 'carol', 'dave']);
    let generated = 0;
    const replaced = await replaceDemoPasswords(store, () => `random-${(generated += 1)}`);
    expect(replaced.map(({ username }) => username)).toEqual(['alice', 'bob', 'carol', 'dave']);
    expect(await subscribersWithKnownPasswords(store)).toEqual([]);
    const carol = (await store.subscriber(DEMO_TENANT, DEMO_USERNAMES[2]!)).value;
    expect(carol?.ha1s).toEqual(hashPassword('carol', 'demo.ringdown.test', replaced[2]!.password));
    expect(carol?.subscriber.displayName).toBe('Carol');
  });

  it('gets random passwords at once where the well-known ones are not wanted', async () => {
    const seeded = await seedDemo(store, { passwordFor: (username) => `secret of ${username}` });
    expect(seeded.createdSubscribers[0]).toEqual({ username: 'alice', password: 'secret of alice' });
    expect(await subscribersWithKnownPasswords(store)).toEqual([]);
  });
});
