import { conference, conferenceEvents, type events } from '@ringdown/contracts';
import { createClient, GrpcChannel, NatsBus, parseEndpoint, silentLogger } from '@ringdown/platform';
import { canRunWith, ServicesApart } from '@ringdown/testbed';
import { TestUserAgent } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const tenantId = 'acme';
const domain = 'acme.test';
const users = ['alice', 'bob'] as const;
const path = `/v1/tenants/${tenantId}/conferences`;

describe.runIf(canRunWith('nats-server'))('conferences of two pods, controlled at either', { timeout: 60_000 }, () => {
  let apart: ServicesApart;
  const phones: TestUserAgent[] = [];
  const happened: events.ConferenceEvent[] = [];
  const closes: (() => unknown)[] = [];

  beforeAll(async () => {
    apart = await ServicesApart.start({ locations: 1, registrars: 1, edges: 1, focuses: 2 });
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['SHA-256'] });
    await apart.operator.importSubscribers(
      tenantId,
      users.map((user) => [user, `${user}-secret`]),
    );
    const bus = await NatsBus.connect({ url: apart.nats.url, name: 'test', logger: silentLogger() });
    closes.push(() => bus.close());
    bus.subscribe(conferenceEvents.pattern(tenantId), ({ data }) => void happened.push(conferenceEvents.decode(data)!));
    for (const user of users) {
      const outboundProxy = parseEndpoint(apart.sip(0))!;
      phones.push(await TestUserAgent.open({ user, domain, password: `${user}-secret`, outboundProxy }));
    }
  }, 90_000);
  afterAll(async () => {
    for (const phone of phones) await phone.close();
    for (const close of closes) await close();
    await apart?.stop();
  });

  /** The conference service of a pod. */
  function service(focus: number): conference.ConferenceService {
    const channel = new GrpcChannel({ addresses: [parseEndpoint(apart.focuses[focus]!.grpc)!] });
    closes.push(() => channel.close());
    return createClient(conference.ConferenceDefinition, channel);
  }

  it('a room that is made at one pod is called, watched, changed and ended at the other', async () => {
    const name = 'daily';
    expect((await apart.conferences(0).ask('PUT', `${path}/rooms/${name}`, {})).status).toBe(201);
    const calls = phones.map((phone) => phone.call(`sip:${name}@${domain}`));
    for (const call of calls) await call.established();

    const { json: list } = await apart.conferences(1).ask('GET', path);
    const [place] = (list as { items: { room: string; focusId: string }[] }).items;
    expect(place?.room).toBe(name);
    const home = Number(place!.focusId.replace('focus-', '')) - 1;
    const [here, other] = [home, 1 - home];

    // Each pod shows the same, and says where it is. Members are connected when their ACKs have come.
    const roster = await vi.waitFor(
      async () => {
        const [shown, elsewhere] = await Promise.all(
          [here, other].map((focus) => apart.conferences(focus).ask('GET', `${path}/${name}`)),
        );
        expect(shown).toEqual(elsewhere);
        const { focusId, users: members } = shown!.json as {
          focusId: string;
          users: { entity: string; endpoints: { memberId: string; status: string }[] }[];
        };
        expect(focusId).toBe(place?.focusId);
        expect(members.map(({ entity, endpoints: [phone] }) => [entity, phone?.status])).toEqual(
          users.map((user) => [`sip:${user}@${domain}`, 'connected']),
        );
        return { users: members };
      },
      { timeout: 5_000 },
    );

    const watch = service(other).watchRoster({ tenantId, room: name, here: false })[Symbol.asyncIterator]();
    const next = async () => ((await watch.next()).value as conference.WatchRosterResponse | undefined)?.update;
    expect((await next())?.users).toHaveLength(2);
    const bob = roster.users[1]!.endpoints[0]!.memberId;
    const changed = await apart.conferences(other).ask('PATCH', `${path}/${name}/members/${bob}`, { muted: true });
    expect(changed.status).toBe(204);
    expect((await next())?.users[0]?.endpoints[0]).toMatchObject({ memberId: bob, muted: true });

    // A subscriber is no moderator of this room.
    const asBob = `${path}/${name}?as=sip:bob@${domain}`;
    expect((await apart.conferences(other).ask('DELETE', asBob)).status).toBe(403);
    expect((await apart.conferences(other).ask('DELETE', `${path}/${name}`)).status).toBe(204);
    for (const call of calls) await call.ended();
    const ends: (boolean | undefined)[] = [];
    for (let update = await next(); update !== undefined; update = await next()) ends.push(update.state?.active);
    expect(ends.at(-1)).toBe(false);
    expect((await apart.conferences(here).ask('GET', `${path}/${name}`)).status).toBe(404);

    const kinds = happened.map(({ event }) => event?.$case);
    expect(kinds).toEqual(expect.arrayContaining(['started', 'joined', 'muted', 'left', 'ended', 'roster']));
    expect(new Set(happened.map(({ focusId }) => focusId))).toEqual(new Set([place?.focusId]));
  });

  it('a tenant has as many conferences, and members of one, as it may', async () => {
    const limits = { maxConferences: 1, maxConferenceMembers: 1 };
    const tenant = { canonicalDomain: domain, digestAlgorithms: ['SHA-256'], limits };
    expect((await apart.operator.ask('PUT', `/v1/tenants/${tenantId}`, tenant)).status).toBe(200);
    for (const room of ['first', 'second']) await apart.conferences(0).putRoom(tenantId, room);
    // A pod takes a tenant as it was a second ago.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const [alice, bob] = phones;
    const call = alice!.call(`sip:first@${domain}`);
    await call.established();
    const full = bob!.call(`sip:first@${domain}`);
    await expect(full.established()).rejects.toThrow(/486/);
    const another = bob!.call(`sip:second@${domain}`);
    await expect(another.established()).rejects.toThrow(/480/);
    await call.bye();
  });
});
