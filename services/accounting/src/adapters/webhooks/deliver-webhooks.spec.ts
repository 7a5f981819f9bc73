import type { Postgres } from '@ringdown/platform';
import type { TenantId } from '@ringdown/platform/commands';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WEBHOOK_EVENTS, type WebhookDefinition } from '../../domain/webhook.js';
import type { PostWebhook } from '../../ports/webhook-poster.js';
import { type GivenRecord, openAccountingDatabase, storeRecords } from '../../testing/stored-records.js';
import {
  type ReceivedPost,
  startWebhookEndpoint,
  type WebhookEndpoint,
  withStatus,
} from '../../testing/webhook-endpoint.js';
import { WebhookDeliverer } from '../../use-cases/deliver-webhooks.js';
import { PostgresWebhookQueue } from '../postgres/postgres-webhook-queue.js';
import { PostgresWebhookStore } from '../postgres/postgres-webhook-store.js';
import { webhookPoster } from './webhook-post.js';
import { webhookSignature } from './webhook-signature.js';

const acme = 'acme' as TenantId;
const globex = 'globex' as TenantId;
const secretOf = (name: string) => `whsec_${Buffer.from(name.padEnd(32, '.')).toString('base64')}`;
const day = Date.parse('2026-10-07T00:00:00Z');
const minuteMs = 60_000;
const dayMs = 86_400_000;

interface Body {
  readonly type: string;
  readonly data: { readonly tenantId: string; readonly records: readonly Record<string, unknown>[] };
}
const bodyOf = ({ body }: ReceivedPost) => JSON.parse(body) as Body;
const keysOf = (post: ReceivedPost) => bodyOf(post).data.records.map(({ callKey }) => callKey);

describe.each(testedPostgresVersions())('webhooks on Postgres %s', { timeout: 30_000 }, (version) => {
  let server: TestPostgres;
  let postgres: Postgres;
  let endpoint: WebhookEndpoint;
  let store: PostgresWebhookStore;
  let queue: PostgresWebhookQueue;
  const told: unknown[] = [];
  const deliverers: WebhookDeliverer[] = [];

  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  beforeEach(async () => {
    postgres = await openAccountingDatabase(await server.createDatabase());
    endpoint = await startWebhookEndpoint();
    store = new PostgresWebhookStore(postgres);
    queue = new PostgresWebhookQueue(postgres);
    told.length = 0;
  });
  afterEach(async () => {
    await Promise.all(deliverers.splice(0).map((deliverer) => deliverer.stop()));
    await endpoint?.stop();
    await postgres?.close();
  });
  afterAll(() => server?.stop());

  function deliverer(post: PostWebhook = webhookPoster({ targets: 'any' })): WebhookDeliverer {
    const one = new WebhookDeliverer({
      queue,
      post,
      sign: webhookSignature,
      observer: {
        deliveryAttempted: (outcome, records) => void told.push([outcome, records]),
        deliveryParked: (what) => void told.push(['parked', what]),
      },
      failed: (error) => void told.push(error),
      now: () => Date.now(),
      random: () => 0,
    });
    deliverers.push(one);
    return one;
  }

  /** Works until nothing is due. */
  async function settle(by: WebhookDeliverer): Promise<void> {
    await by.work();
    await by.idle();
  }

  /** Lets time pass, as far as the database knows. */
  async function pass(ms: number): Promise<void> {
    const shift = (columns: readonly string[]) =>
      columns.map((column) => `${column} = ${column} - $1 * interval '1 millisecond'`).join(', ');
    const ofWebhooks = ['failing_since', 'paused_until', 'next_due_at', 'leased_until', 'former_secret_until'];
    await postgres.query(`update accounting.webhooks set ${shift(ofWebhooks)}`, [ms]);
    await postgres.query(
      `update accounting.webhook_messages set ${shift(['due_at', 'first_refused_at', 'created_at'])}`,
      [ms],
    );
  }

  const listen = (tenant: TenantId, name: string, definition: Partial<WebhookDefinition> = {}) =>
    store.put(
      tenant,
      name,
      { url: `${endpoint.url}${name}`, events: WEBHOOK_EVENTS, enabled: true, ...definition },
      secretOf(name),
    );
  const complete = (...records: readonly GivenRecord[]) => storeRecords(postgres, records, { completed: true });
  const call = (callKey: string, given: GivenRecord = {}): GivenRecord => ({ callKey, startedAtMs: day, ...given });
  const counts = async () => {
    const { rows } = await postgres.query<{ outbox: number; messages: number }>(
      `select (select count(*)::integer from accounting.completed_records) as outbox,
         (select count(*)::integer from accounting.webhook_messages) as messages`,
    );
    return rows[0];
  };

  it('tells the webhooks of both sides, each what its tenant may see, signed', async () => {
    await listen(acme, 'billing');
    await listen(globex, 'globex-billing');
    const zoe = {
      tenantId: 'globex',
      identity: 'sip:zoe@globex.example',
      place: { kind: 'binding' as const, value: 'sip:zoe@globex.example' },
    };
    await complete(call('abroad', { terminating: zoe }));
    await settle(deliverer());
    expect(endpoint.received.map(({ path }) => path).sort()).toEqual(['/billing', '/globex-billing']);
    for (const post of endpoint.received) {
      const name = post.path.slice(1);
      expect(new Verifier(secretOf(name)).verify(post.body, { ...post.headers })).toEqual(bodyOf(post));
      expect(post.headers).toMatchObject({
        'content-type': 'application/json',
        'webhook-id': expect.stringMatching(/^msg_/),
      });
    }
    const bodies = Object.fromEntries(endpoint.received.map((post) => [post.path, bodyOf(post)]));
    expect(bodies['/billing']).toMatchObject({
      type: 'call-records',
      data: {
        tenantId: 'acme',
        records: [{ callKey: 'abroad', direction: 'outgoing', durationMs: 7_500, terminating: { place: null } }],
      },
    });
    expect(bodies['/globex-billing']).toMatchObject({
      data: {
        tenantId: 'globex',
        records: [{ direction: 'incoming', originating: { place: null }, terminating: zoe }],
      },
    });
    expect(await counts()).toEqual({ outbox: 0, messages: 0 });
    expect(await store.webhook(acme, 'billing')).toMatchObject({ state: 'active', lastDeliveredAt: expect.any(Date) });
    expect(told).toEqual([
      ['delivered', 1],
      ['delivered', 1],
    ]);
  });

  it('gathers what has ended, in its order', async () => {
    await listen(acme, 'billing');
    const keys = Array.from({ length: 230 }, (_, at) => `call-${String(at).padStart(3, '0')}`);
    await complete(...keys.map((key, at) => call(key, { startedAtMs: day + at })));
    await settle(deliverer());
    expect(endpoint.received.map((post) => keysOf(post).length)).toEqual([100, 100, 30]);
    expect(endpoint.received.flatMap(keysOf)).toEqual(keys);
  });

  it('tells only what was asked for, and nobody of what nobody asked for', async () => {
    await listen(acme, 'answered', { events: ['call-record.answered'] });
    await listen(acme, 'others', { events: ['call-record.unanswered'] });
    await listen(acme, 'off', { enabled: false });
    await complete(
      call('talked'),
      call('missed', { answeredAtMs: undefined }),
      call('theirs', {
        tenantId: 'globex',
        originating: { tenantId: 'globex', identity: 'x', place: undefined },
        terminating: { tenantId: 'globex', identity: 'y', place: undefined },
      }),
    );
    await settle(deliverer());
    expect(endpoint.received.map((post) => [post.path, keysOf(post)]).sort()).toEqual([
      ['/answered', ['talked']],
      ['/others', ['missed']],
    ]);
    expect(await counts()).toEqual({ outbox: 0, messages: 0 });
  });

  it('tells of what a record has become, once, and not of a call that goes on after all', async () => {
    await listen(acme, 'billing');
    await complete(call('corrected'), call('open-again'));
    await postgres.query(`insert into accounting.completed_records
        (tenant_id, started_on, call_key, terminating_tenant_id, version, completed_at)
      select tenant_id, started_on, call_key, terminating_tenant_id, version + 1, completed_at
      from accounting.completed_records where call_key = 'corrected'`);
    await postgres.query(
      `update accounting.call_records set version = 4, duration_ms = 8000 where call_key = 'corrected'`,
    );
    await postgres.query(
      `update accounting.call_records set state = 'in-progress', ended_at = null where call_key = 'open-again'`,
    );
    await settle(deliverer());
    expect(endpoint.received.map((post) => bodyOf(post).data.records)).toEqual([
      [expect.objectContaining({ callKey: 'corrected', version: 4, durationMs: 8_000 })],
    ]);
    expect(await counts()).toEqual({ outbox: 0, messages: 0 });
  });

  it('tries again, in growing intervals, with the same message', async () => {
    await listen(acme, 'billing');
    const by = deliverer();
    endpoint.answer(withStatus(503));
    await complete(call('first'));
    for (const pauseMs of [5_000, 10_000, 20_000]) {
      await settle(by);
      const { state, lastFailure, nextAttemptAt } = (await store.webhook(acme, 'billing'))!;
      expect([state, lastFailure]).toEqual(['retrying', 'it answered 503']);
      const inMs = nextAttemptAt!.getTime() - Date.now();
      expect([inMs > pauseMs - 4_000, inMs <= pauseMs]).toEqual([true, true]);
      const before = endpoint.received.length;
      await pass(pauseMs - 4_900);
      await settle(by);
      expect(endpoint.received).toHaveLength(before);
      await pass(5_000);
    }
    expect(endpoint.received).toHaveLength(3);
    await complete(call('second'));
    endpoint.answer(withStatus(204));
    await settle(by);
    const [first, ...others] = endpoint.received.slice(0, 4);
    for (const again of others)
      expect([again.headers['webhook-id'], again.body]).toEqual([first!.headers['webhook-id'], first!.body]);
    expect(endpoint.received.map(keysOf)).toEqual([['first'], ['first'], ['first'], ['first'], ['second']]);
    expect(await store.webhook(acme, 'billing')).toMatchObject({
      state: 'active',
      pendingMessages: 0,
      failingSince: undefined,
      lastFailure: undefined,
    });
  });

  it('waits for as long as it is asked to', async () => {
    await listen(acme, 'billing');
    const by = deliverer();
    endpoint.answer(withStatus(429, { 'retry-after': '600' }));
    await complete(call('first'));
    await settle(by);
    await pass(9 * minuteMs);
    await settle(by);
    expect(endpoint.received).toHaveLength(1);
    await pass(minuteMs + 1_000);
    await settle(by);
    expect(endpoint.received).toHaveLength(2);
  });

  it('parks a webhook after a day without success, keeps what comes, and goes on when it is written anew', async () => {
    await listen(acme, 'billing');
    const by = deliverer();
    endpoint.answer(withStatus(500));
    await complete(call('first'));
    let attempts = 0;
    for (let elapsedMs = 0; elapsedMs < dayMs + 2 * 3_600_000; elapsedMs += 3_600_000) {
      await settle(by);
      attempts = endpoint.received.length;
      await pass(3_600_000);
    }
    expect(attempts).toBeGreaterThan(20);
    await complete(call('second'));
    await settle(by);
    expect(endpoint.received).toHaveLength(attempts);
    expect(await store.webhook(acme, 'billing')).toMatchObject({ state: 'parked', pendingMessages: 2 });
    expect(told).toContainEqual(['parked', 'webhook']);
    expect(await queue.depths()).toMatchObject({ parkedWebhooks: 1, pendingMessages: 2, oldestDueSec: 0 });
    endpoint.answer(withStatus(200));
    await listen(acme, 'billing');
    await settle(by);
    expect(endpoint.received.slice(attempts).map(keysOf)).toEqual([['first'], ['second']]);
    expect(await store.webhook(acme, 'billing')).toMatchObject({ state: 'active', pendingMessages: 0 });
  });

  it('lets others past a message that the endpoint refuses, and gives that one up after a day', async () => {
    await listen(acme, 'billing');
    const by = deliverer();
    endpoint.answer((response, post) => withStatus(keysOf(post).includes('bad') ? 422 : 204)(response));
    await complete(call('bad'));
    await settle(by);
    for (let hour = 0; hour < 27; hour += 1) {
      await complete(call(`good-${hour}`));
      await settle(by);
      await pass(3_600_000);
    }
    const good = endpoint.received.filter((post) => !keysOf(post).includes('bad'));
    expect(good.flatMap(keysOf)).toEqual(Array.from({ length: 27 }, (_, hour) => `good-${hour}`));
    expect(endpoint.received.length - good.length).toBeGreaterThan(20);
    expect(await store.webhook(acme, 'billing')).toMatchObject({
      state: 'active',
      pendingMessages: 0,
      parkedMessages: 1,
    });
    expect(told).toContainEqual(['parked', 'message']);
    expect(told).not.toContainEqual(['parked', 'webhook']);
  });

  it('tries the others first once an endpoint that has refused one message is posted to again', async () => {
    await listen(acme, 'billing');
    const by = deliverer();
    endpoint.answer((response, post) => withStatus(keysOf(post).includes('bad') ? 422 : 204)(response));
    await complete(call('bad'));
    for (let hour = 0; hour < 6; hour += 1) {
      await settle(by);
      await pass(3_600_000);
    }
    await settle(by);
    await complete(call('good'));
    await pass(3_600_000);
    const before = endpoint.received.length;
    await settle(by);
    expect(endpoint.received.slice(before).map(keysOf)[0]).toEqual(['good']);
  });

  it('takes an endpoint that refuses everything for one that is out of order', async () => {
    await listen(acme, 'billing');
    const by = deliverer();
    endpoint.answer(withStatus(400));
    for (let at = 0; at < 10; at += 1) {
      await complete(call(`call-${at}`));
      await queue.dispatch(500);
    }
    await settle(by);
    expect(endpoint.received).toHaveLength(5);
    for (let hour = 0; hour < 27; hour += 1) {
      await settle(by);
      await pass(3_600_000);
    }
    expect(await store.webhook(acme, 'billing')).toMatchObject({ state: 'parked' });
    expect(told).toContainEqual(['parked', 'webhook']);
  });

  it('is shared by replicas, and each message is sent once and in order', async () => {
    const tenants = Array.from({ length: 12 }, (_, at) => `tenant-${at}` as TenantId);
    for (const tenant of tenants) await listen(tenant, `${tenant}-hook`);
    const replicas = [deliverer(), deliverer(), deliverer()];
    for (let round = 0; round < 8; round += 1) {
      const party = (tenantId: string) => ({ tenantId, identity: 'sip:a@b', place: undefined });
      await complete(
        ...tenants.map((tenantId) =>
          call(`${tenantId}-${round}`, { tenantId, originating: party(tenantId), terminating: party(tenantId) }),
        ),
      );
      await Promise.all(replicas.map((replica) => replica.work()));
    }
    while ((await counts())!.messages + (await counts())!.outbox > 0)
      await Promise.all(replicas.map((replica) => settle(replica)));
    for (const tenant of tenants) {
      const keys = endpoint.received.filter(({ path }) => path === `/${tenant}-hook`).flatMap(keysOf);
      expect(keys).toEqual(Array.from({ length: 8 }, (_, round) => `${tenant}-${round}`));
    }
    const ids = endpoint.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(ids.length);
    expect(told.filter((one) => one instanceof Error)).toEqual([]);
  });

  it('goes on where a replica has died, when its lease is over, with the same message', async () => {
    await listen(acme, 'billing');
    await complete(call('first'));
    let sent = '';
    let letGo = (): void => undefined;
    const dying = deliverer(
      (post) =>
        new Promise((done) => {
          sent = post.headers['webhook-id']!;
          letGo = () => done({ kind: 'failed', detail: 'it was killed' });
        }),
    );
    await dying.work();
    await expect.poll(() => sent).not.toBe('');
    const by = deliverer();
    await settle(by);
    expect(endpoint.received).toHaveLength(0);
    await pass(31_000);
    await settle(by);
    expect(endpoint.received.map(({ headers }) => headers['webhook-id'])).toEqual([sent]);
    // What the other learns later changes nothing any more.
    letGo();
    await dying.idle();
    expect(await store.webhook(acme, 'billing')).toMatchObject({ state: 'active', pendingMessages: 0 });
  });

  it('does not wait for a slow endpoint to serve the others', async () => {
    await listen(globex, 'slow');
    await listen(acme, 'billing');
    const held: (() => void)[] = [];
    endpoint.answer((response, { path }) => {
      if (path === '/slow') held.push(() => withStatus(200)(response));
      else withStatus(200)(response);
    });
    const of = (tenantId: string) => ({ tenantId, identity: 'sip:a@b', place: undefined });
    await complete(call('slow', { tenantId: 'globex', originating: of('globex'), terminating: of('globex') }));
    const by = deliverer();
    await by.work();
    await expect.poll(() => held.length).toBe(1);
    for (let at = 0; at < 3; at += 1) {
      await complete(call(`quick-${at}`));
      await by.work();
      await expect.poll(() => endpoint.received.filter(({ path }) => path === '/billing')).toHaveLength(at + 1);
      await expect.poll(async () => (await store.webhook(acme, 'billing'))!.pendingMessages).toBe(0);
    }
    held[0]!();
    await by.idle();
  });

  it('signs with the former secret too, for a day', async () => {
    await listen(acme, 'billing');
    await store.put(
      acme,
      'billing',
      { url: `${endpoint.url}x`, events: WEBHOOK_EVENTS, enabled: true },
      secretOf('new'),
    );
    const by = deliverer();
    const verifies = ({ body, headers }: ReceivedPost, secret: string) => {
      try {
        return new Verifier(secret).verify(body, { ...headers }) !== undefined;
      } catch {
        return false;
      }
    };
    await complete(call('first'));
    await settle(by);
    await pass(dayMs);
    await complete(call('second'));
    await settle(by);
    expect(
      endpoint.received.map((post) => [verifies(post, secretOf('new')), verifies(post, secretOf('billing'))]),
    ).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  it('forgets the messages of a webhook that is removed, and those that are too old', async () => {
    await listen(acme, 'billing');
    const by = deliverer();
    endpoint.answer(withStatus(500));
    await complete(call('first'));
    await settle(by);
    expect(await queue.dropBefore(7)).toBe(0);
    await pass(7 * dayMs);
    expect(await queue.dropBefore(7)).toBe(1);
    await complete(call('second'));
    await settle(by);
    expect(await counts()).toEqual({ outbox: 0, messages: 1 });
    await store.remove(acme, 'billing');
    expect(await counts()).toEqual({ outbox: 0, messages: 0 });
  });

  it('says how much waits', async () => {
    await listen(acme, 'billing');
    await complete(call('first'), call('second'), call('third', { startedAtMs: day + 1 }));
    await storeRecords(postgres, [call('talking', { endedAtMs: undefined })]);
    expect(await queue.depths()).toMatchObject({ callsInProgress: 1, outboxRecords: 3, pendingMessages: 0 });
    await queue.dispatch(500);
    await pass(60_000);
    const depths = await queue.depths();
    expect(depths).toMatchObject({ outboxRecords: 0, pendingMessages: 1, parkedMessages: 0, parkedWebhooks: 0 });
    expect(Math.round(depths.oldestDueSec / 10)).toBe(6);
    // Also where the endpoint is away.
    endpoint.answer(withStatus(500));
    await settle(deliverer());
    expect(Math.round((await queue.depths()).oldestDueSec / 10)).toBe(6);
  });
});
