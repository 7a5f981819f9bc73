import { canRunWith, PeerFiles, type ServiceProcess, ServicesApart } from '@ringdown/testbed';
import { TestUserAgent } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const tenantId = 'acme';
const domain = 'acme.test';
const users = ['alice', 'bob', 'carol', 'dave'] as const;
const roomsOf = (test: string): readonly string[] => Array.from({ length: 16 }, (_, room) => `${test}-${room}`);
/** From the death of a pod until somebody is in the same room on another one, over and above what a call takes. */
const redialMs = 2_000;
const graceSec = 3;

let apart: ServicesApart;
let certificates: PeerFiles;
const agents: TestUserAgent[] = [];

async function agent(user: (typeof users)[number], edge: 0 | 1): Promise<TestUserAgent> {
  const [host = '', port] = apart.sip(edge).split(':');
  const opened = await TestUserAgent.open({
    user,
    domain,
    password: `${user}-secret`,
    outboundProxy: { host, port: Number(port) },
    timeoutMs: 15_000,
  });
  agents.push(opened);
  return opened;
}

/** A phone that is in a room. */
async function dialled(user: (typeof users)[number], room: string, edge: 0 | 1 = 0) {
  const phone = await agent(user, edge);
  const call = phone.call(`sip:${room}@${domain}`);
  await call.established();
  return { phone, call };
}

/** Which pod has which room, as any of them knows. */
const homes = (): Promise<ReadonlyMap<string, string>> => apart.conferences(0).conferencesUnderWay(tenantId);
const podOf = (focusId: string | undefined): ServiceProcess => {
  const pod = apart.focuses[Number(focusId?.slice('focus-'.length)) - 1];
  if (pod === undefined) throw new Error(`there is no pod ${focusId}`);
  return pod;
};
/** Carol's phone in the first of these rooms that turns out to be at such a home. */
async function dialledWhere(rooms: readonly string[], isAtHome: (home: string | undefined) => boolean) {
  for (const room of rooms) {
    const dialledNow = await dialled('carol', room);
    if (isAtHome((await homes()).get(room))) return dialledNow;
  }
  throw new Error(`none of ${rooms.join(', ')} is there`);
}
const lastAnswer = (phone: TestUserAgent, method: string): string | undefined =>
  phone.recorder.ladder({ method }).findLast((line) => line.startsWith('<'));

async function ended(room: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while ((await homes()).has(room)) {
    if (performance.now() > deadline) throw new Error(`${room} goes on`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.runIf(canRunWith('nats-server'))('conferences on two pods', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    certificates = await PeerFiles.create();
    apart = await ServicesApart.start({
      locations: 1,
      registrars: 1,
      edges: 2,
      focuses: 2,
      environment: { RINGDOWN_DRAIN_GRACE_SEC: String(graceSec) },
      // As pods of a platform prove themselves to each other.
      placeOf: (name) => ({
        prefix: [],
        settings: { RINGDOWN_SIP_PORT: '0', RINGDOWN_HTTP_PORT: '0', ...certificates.settings(name) },
      }),
    });
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(
      tenantId,
      users.map((user) => [user, `${user}-secret`]),
    );
    for (const room of ['spread', 'killed', 'still', 'stored', 'drained'].flatMap(roomsOf))
      await apart.conferences(0).putRoom(tenantId, room);
  }, 90_000);
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((phone) => phone.close()));
  });
  afterAll(async () => {
    await apart?.stop();
    certificates?.remove();
  });

  it('are spread over the pods, and found on theirs by every edge', async () => {
    const rooms = roomsOf('spread');
    const first = await Promise.all(rooms.map((room) => dialled('alice', room, 0)));
    const found = await homes();
    const counts = ['focus-1', 'focus-2'].map((pod) => [...found.values()].filter((home) => home === pod).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rooms.length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    const second = await Promise.all(rooms.map((room) => dialled('bob', room, 1)));
    expect(await homes()).toEqual(found);
    for (const { call } of [...first, ...second]) expect(await call.bye()).toBe('bye-sent');
    for (const room of rooms) await ended(room);
  });

  it('end with their pod: who is in one gets 481, and who dials again is in it on the other pod within two seconds', async () => {
    const [room = '', ...others] = roomsOf('killed');
    const [alice, bob] = [await dialled('alice', room, 0), await dialled('bob', room, 1)];
    const pod = (await homes()).get(room);
    const elsewhere = await dialledWhere(others, (home) => home !== pod);
    await podOf(pod).kill9();
    const killedAt = performance.now();
    const again = await dialled('dave', room, 1);
    const tookMs = performance.now() - killedAt;
    expect(await alice.call.bye()).toBe('bye-sent');
    expect(lastAnswer(alice.phone, 'BYE')).toBe('< 481');
    await bob.call.hold();
    expect(await bob.call.ended()).toBe('dialog-gone');
    expect(lastAnswer(bob.phone, 'INVITE')).toBe('< 481');
    process.stdout.write(`dialled again after a kill: in the room on another pod after ${tookMs.toFixed(0)} ms\n`);
    expect(tookMs).toBeLessThan(redialMs + 500);
    await podOf(pod).restart();
    const survivor = pod === 'focus-1' ? 'focus-2' : 'focus-1';
    expect((await homes()).get(room)).toBe(survivor);
    expect((await elsewhere.call.hold()).statusCode).toBe(200);
    expect(await again.call.bye()).toBe('bye-sent');
  });

  it('end on a pod that stood still for longer than its lease, where they were dialled again meanwhile; the others go on', async () => {
    const [room = '', ...others] = roomsOf('still');
    const alice = await dialled('alice', room, 0);
    const pod = (await homes()).get(room);
    const kept = await dialledWhere(others, (home) => home === pod);
    podOf(pod).pause();
    // Edges see that its stream is dead, and nobody hears it.
    await new Promise((resolve) => setTimeout(resolve, 6_500));
    const bob = await dialled('bob', room, 1);
    podOf(pod).resume();
    expect(await alice.call.ended()).toBe('bye-received');
    expect((await homes()).get(room)).not.toBe(pod);
    expect((await bob.call.hold()).statusCode).toBe(200);
    expect((await kept.call.hold()).statusCode).toBe(200);
    for (const { call } of [bob, kept]) expect(await call.bye()).toBe('bye-sent');
  });

  it('go on while Postgres is away, for longer than a lease, and are found meanwhile', async () => {
    const [room = ''] = roomsOf('stored');
    const alice = await dialled('alice', room, 0);
    await apart.postgres.kill9();
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect((await alice.call.hold()).statusCode).toBe(200);
    await apart.postgres.restart();
    await Promise.all(apart.focuses.map((pod) => pod.ready()));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await alice.call.resume()).statusCode).toBe(200);
    expect((await homes()).has(room)).toBe(true);
    expect(alice.call.endCause).toBeUndefined();
    expect(await alice.call.bye()).toBe('bye-sent');
    await ended(room);
  });

  it('go on on a pod that is told to end, for the grace time; new ones are opened elsewhere', async () => {
    const [room = '', next = ''] = roomsOf('drained');
    const alice = await dialled('alice', room, 0);
    const leaving = (await homes()).get(room);
    const stays = leaving === 'focus-1' ? 'focus-2' : 'focus-1';
    const toldAt = performance.now();
    const exit = podOf(leaving).terminate();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const bob = await dialled('bob', room, 1);
    expect((await alice.call.hold()).statusCode).toBe(200);
    const carol = await dialled('carol', next, 1);
    const remaining = apart.conferences(stays === 'focus-1' ? 0 : 1);
    expect((await remaining.conferencesUnderWay(tenantId)).get(next)).toBe(stays);
    expect(await Promise.all([alice.call.ended(), bob.call.ended()])).toEqual(['bye-received', 'bye-received']);
    const endedMs = performance.now() - toldAt;
    expect(endedMs).toBeGreaterThan(graceSec * 1_000 - 200);
    expect(endedMs).toBeLessThan(graceSec * 1_000 + 1_500);
    const again = await dialled('dave', room, 0);
    expect((await remaining.conferencesUnderWay(tenantId)).get(room)).toBe(stays);
    expect(await exit).toBe(0);
    expect(await carol.call.bye()).toBe('bye-sent');
    expect(await again.call.bye()).toBe('bye-sent');
    await podOf(leaving).restart();
  });
});
