import type { Subscription, SubscriptionRequest } from '@ringdown/sip-dialog';
import { Header, type SipRequest } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import { XMLParser } from 'fast-xml-parser';
import { afterEach, describe, expect, it } from 'vitest';
import { ConferenceFixture } from '../../testing/conference-fixture.js';
import type { FocusPhone } from '../../testing/focus-phone.js';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import type { PodConferences } from '../../use-cases/conferences.js';

const room = 'sip:sales@acme.test';
const wanted = { method: 'SUBSCRIBE', event: 'conference', expiresSec: 600 } as const;
let under: FocusUnderTest<PodConferences>;
let fixture: ConferenceFixture;

async function joined(user = 'alice'): Promise<FocusPhone> {
  fixture = new ConferenceFixture();
  under = new FocusUnderTest(fixture.conferences);
  return joins(user);
}

async function joins(user: string): Promise<FocusPhone> {
  const phone = under.phone(user);
  phone.invite(room);
  await under.settle();
  return phone;
}

afterEach(() => under.close());

async function subscribes(
  phone: FocusPhone,
  changes: Partial<SubscriptionRequest> = {},
  isAuthenticated = true,
  uri = room,
): Promise<Subscription<Flow>> {
  const asked = { ...wanted, contact: phone.contact, ...changes };
  const subscription = phone.driver.act((now) =>
    phone.driver.core.subscribe(now, asked, phone.initial(uri, {}, isAuthenticated)),
  );
  await under.settle();
  return subscription;
}

interface Told {
  readonly state: string;
  readonly version: number;
  /** `entity state` of each user. */
  readonly users: readonly string[];
}

function read(notify: SipRequest): Told {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => name === 'user',
  });
  const info = parser.parse(notify.body)['conference-info'];
  const users: { entity: string; state: string }[] = info.users?.user ?? [];
  return {
    state: info.state,
    version: Number(info.version),
    users: users.map(({ entity, state }) => `${entity} ${state}`),
  };
}

function told(phone: FocusPhone): Told[] {
  return phone.received.filter(({ method }) => method === 'NOTIFY').map(read);
}

function stateOf(phone: FocusPhone): string | undefined {
  return phone.lastRequest('NOTIFY').value(Header.SubscriptionState);
}

describe('the conference package (RFC 4575)', () => {
  it('tells a member all of the roster, and then what changes', async () => {
    const alice = await joined();
    await subscribes(alice);
    expect(alice.lastRequest('NOTIFY').value(Header.Event)).toBe('conference');
    expect(alice.lastRequest('NOTIFY').value(Header.ContentType)).toBe('application/conference-info+xml');
    await under.pass(2_000);
    await joins('bob');
    expect(told(alice)).toEqual([
      { state: 'full', version: 1, users: ['sip:alice@acme.test full'] },
      { state: 'partial', version: 2, users: ['sip:bob@acme.test full'] },
    ]);
  });

  it('gathers what changes within a second', async () => {
    const alice = await joined();
    await subscribes(alice);
    await joins('bob');
    await joins('carol');
    expect(told(alice)).toHaveLength(1);
    await under.pass(1_000);
    expect(told(alice).slice(1)).toEqual([
      { state: 'partial', version: 2, users: ['sip:bob@acme.test full', 'sip:carol@acme.test full'] },
    ]);
    await under.pass(10_000);
    expect(told(alice)).toHaveLength(2);
  });

  it('tells all of it again after a NOTIFY that failed', async () => {
    const alice = await joined();
    await subscribes(alice);
    alice.refused = new Map([['NOTIFY', 500]]);
    await joins('bob');
    await under.pass(1_000);
    expect(told(alice).at(-1)?.state).toBe('partial');
    alice.refused = new Map();
    await under.pass(1_000);
    expect(told(alice).at(-1)).toEqual({
      state: 'full',
      version: 3,
      users: ['sip:alice@acme.test full', 'sip:bob@acme.test full'],
    });
  });

  it('tells all of it again on a refresh, and at the subscriber’s end', async () => {
    const alice = await joined();
    const subscription = await subscribes(alice);
    await under.pass(5_000);
    alice.driver.act((now) => subscription.refresh(now, 300));
    await under.settle();
    expect(told(alice).at(-1)).toMatchObject({ state: 'full', version: 2 });
    expect(stateOf(alice)).toBe('active;expires=300');
    alice.driver.act((now) => subscription.unsubscribe(now));
    await under.settle();
    expect(stateOf(alice)).toBe('terminated;reason=timeout');
    expect(under.focus.subscriptions.size).toBe(0);
  });

  it('ends a subscription that isn’t refreshed', async () => {
    const alice = await joined();
    const phone = under.phone('alice');
    await subscribes(phone, { expiresSec: 60 });
    phone.link.close();
    await under.pass(61_000);
    expect(under.focus.subscriptions.size).toBe(0);
    expect(alice.types()).not.toContain('ended');
  });

  it('says that there is nothing left when the conference ends', async () => {
    const alice = await joined();
    const subscription = await subscribes(under.phone('alice'));
    alice.driver.act((now) => alice.session.bye(now));
    await under.pass(2_000);
    expect(subscription.state).toBe('terminated');
    expect(under.focus.subscriptions.size).toBe(0);
  });

  it('tells no more to one who was removed', async () => {
    const alice = await joined();
    const bob = await joins('bob');
    await subscribes(bob);
    const member =
      fixture.conference.roster().users.find(({ entity }) => entity === bob.uri)?.endpoints[0]?.memberId ?? '';
    await fixture.conference.control({ kind: 'operator' }, { type: 'kick', member });
    await under.pass(2_000);
    expect(stateOf(bob)).toBe('terminated;reason=rejected');
    expect(bob.lastRequest('NOTIFY').body).toBe('');
    const before = bob.methods();
    await joins('carol');
    await under.pass(2_000);
    expect(bob.methods()).toEqual(before);
    expect(alice.types()).not.toContain('ended');
  });

  it('is told within a member’s call too, and ends with it', async () => {
    const alice = await joined();
    await joins('bob');
    const subscription = alice.driver.act((now) =>
      alice.driver.core.subscribe(now, { ...wanted, contact: alice.contact }, alice.session.dialog),
    );
    await under.settle();
    expect(told(alice)[0]?.users).toHaveLength(2);
    alice.driver.act((now) => alice.session.bye(now));
    await under.pass(2_000);
    expect(subscription.state).toBe('terminated');
    expect(stateOf(alice)).toBe('terminated;reason=rejected');
  });

  it('goes by another edge where the subscriber’s is gone', async () => {
    await joined();
    const phone = under.phone('alice');
    const elsewhere = under.phone('nobody');
    elsewhere.refused = new Map([['NOTIFY', 200]]);
    await subscribes(phone);
    phone.link.close();
    await under.settle();
    await joins('bob');
    await under.pass(1_500);
    expect(elsewhere.methods()).toEqual(['NOTIFY']);
    expect(under.focus.subscriptions.size).toBe(1);
  });

  it.each<
    [what: string, user: string, changes: Partial<SubscriptionRequest>, isAuthenticated: boolean, statusCode: number]
  >([
    ['another event', 'alice', { event: 'presence' }, true, 489],
    ['a stranger', 'mallory', {}, true, 403],
    ['one who hasn’t proved who it is', 'alice', {}, false, 403],
    ['another document', 'alice', { headers: [[Header.Accept, 'text/plain']] }, true, 406],
  ])('refuses %s', async (_what, user, changes, isAuthenticated, statusCode) => {
    await joined();
    const phone = under.phone(user);
    await subscribes(phone, changes, isAuthenticated);
    expect(phone.last('subscriptionEnded').statusCode).toBe(statusCode);
    expect(phone.methods()).toEqual([]);
  });

  it('refuses a conference that isn’t under way, and one of another tenant', async () => {
    const alice = await joined();
    await subscribes(alice, {}, true, 'sip:other@acme.test');
    expect(alice.last('subscriptionEnded').statusCode).toBe(480);
    const spy = under.phone('alice', 'evil');
    await subscribes(spy);
    expect(spy.last('subscriptionEnded').statusCode).toBe(480);
  });

  it('refuses more of one user than any has devices', async () => {
    const alice = await joined();
    for (let count = 0; count < 10; count += 1) await subscribes(alice);
    expect(under.focus.subscriptions.size).toBe(10);
    await subscribes(alice);
    expect(alice.last('subscriptionEnded').statusCode).toBe(503);
  });
});
