import { Postgres, silentLogger } from '@ringdown/platform';
import { canRunWith, type ServiceProcess } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chatter } from './conference/chatter.js';
import { ConferencePlace, domain } from './conference/conference-place.js';
import { audioTarget, type ScriptedMember, type StandingCall } from './conference/scripted-member.js';
import { described, excessOf, growthOf, type Held, heldBy } from './conference/what-is-held.js';
import { residentKibOf } from './peers/process-usage.js';
import type { WireMessage } from './peers/wire-message.js';
import { ScriptedDialog } from './rfc3665/scripted-dialog.js';

/** Ten minutes by name: `E2E_SOAK_SECONDS=600`. */
const soakSec = Number(process.env['E2E_SOAK_SECONDS'] ?? 30);
const rooms = 50;
const membersOfRoom = 4;
const members = rooms * membersOfRoom;
/** Of these a file is written from beginning to end. */
const recordedRooms = 2;
const warmUpSec = 5;
const startMs = 180_000;
const limitMs = soakSec * 1_000 + 240_000;
const stayMs = [1_000, 6_000] as const;
/** Timers of a transaction outlive it by 32 s (RFC 3261 §17). */
/** A busy machine is not what is tested: an INVITE is given up after 32 s (RFC 3261 §17.1.1.2). */
const answerMs = 35_000;
const quietMs = 60_000;
/** What code that has become hot, and caches of bounded size, may come to. */
const mainGrowthBytes = 4 * 2 ** 20;
const workerGrowthBytes = 2 * 2 ** 20;
const residentGrowthKib = 96 * 1_024;

let place: ConferencePlace;
let chatter: Chatter;
let postgres: Postgres;
const people: ScriptedMember[] = [];
const counts = { visits: 0, kicks: 0, subscriptions: 0, refusals: 0 };

const roomOf = (member: number): string => `room${Math.floor(member / membersOfRoom) + 1}`;
/** One of each room; the others listen, to long packets: the soak is of coming and going. */
const speaks = (member: number): boolean => member % membersOfRoom === 0;
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** In and out of a room until it is time. Every tenth time it is sent away by the operator, and every fifth it wants the roster. */
async function comeAndGo(index: number, untilMs: number): Promise<void> {
  const member = people[index];
  if (member === undefined) throw new Error(`nobody is member ${index}`);
  const uri = `sip:${roomOf(index)}@${domain}`;
  await rest(Math.random() * stayMs[0]);
  for (let visit = 1; performance.now() < untilMs; visit += 1) {
    const call = await comeIn(member, uri, speaks(index) ? 20 : 60);
    chatter.talkTo(index, audioTarget(call.accepted.body));
    if (visit % 5 === 3) {
      const { answer } = await member.subscribe(uri);
      if (answer.statusCode === 200) counts.subscriptions += 1;
    }
    await rest(stayMs[0] + Math.random() * (stayMs[1] - stayMs[0]));
    if (visit % 10 === 5) {
      const gone = member.hungUp(call);
      await place.api().kick(roomOf(index), `${member.phone.options.user}@${domain}`);
      await gone;
      counts.kicks += 1;
    } else await hangUp(member, call);
    chatter.talkTo(index, undefined);
    counts.visits += 1;
    // What was read once is of no use to a phone that goes on for ten minutes.
    member.phone.forgetUnread();
    member.notifications.length = 0;
  }
}

/** Calls a room; rejects where it isn't let in. */
async function comeIn(member: ScriptedMember, uri: string, ptimeMs: number): Promise<StandingCall> {
  const sdp = `${member.description}a=ptime:${ptimeMs}\r\n`;
  const { sent, answer } = await patiently(() => member.request('INVITE', uri, [], sdp));
  if (answer.statusCode !== 200) throw new Error(`${member.addressOfRecord} called ${uri} and got\n${answer.raw}`);
  const dialog = ScriptedDialog.ofCaller(member.phone, sent, answer);
  dialog.acknowledge();
  return { invite: sent, accepted: answer, dialog };
}

/** A 481 comes where the first BYE has arrived, and only its answer hasn't. */
async function hangUp(member: ScriptedMember, call: StandingCall): Promise<void> {
  const { answer } = await patiently(async () => ({ answer: await member.within(call, 'BYE') }));
  if (answer.statusCode !== 200 && answer.statusCode !== 481)
    throw new Error(`${member.addressOfRecord} hung up and got\n${answer.raw}`);
}

/** Asks, and where the platform has too much to do at the moment, again when it said. */
async function patiently<Asked extends { readonly answer: WireMessage }>(ask: () => Promise<Asked>): Promise<Asked> {
  for (;;) {
    const asked = await ask();
    if (asked.answer.statusCode !== 503) return asked;
    counts.refusals += 1;
    await rest(Number(asked.answer.header('Retry-After')) * 1_000);
  }
}

/** What the pod's own metrics say that it holds on to, where that is anything. */
async function heldByConferences(): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`http://${place.apart.focuses[0]?.http}/metrics`)).text();
  const rows = text.matchAll(
    /^ringdown_conference_(?:held\{.*what="(\w+)".*\}|(mixer_members|conferences)\{.*\}) (\d+)$/gm,
  );
  const held = [...rows].map(([, what, whole, count]) => [what ?? whole ?? '', Number(count)] as const);
  if (held.length < 12) throw new Error(`the focus tells too little of what it holds on to:\n${text}`);
  return Object.fromEntries(held.filter(([, count]) => count !== 0));
}

/** Resolves when no conference has left anything at the focus, and at no process more is open than before. */
async function quiet(services: readonly ServiceProcess[], before: readonly Held[]): Promise<readonly Held[]> {
  let held = before;
  const excess = async (): Promise<unknown> => {
    const ofConferences = await heldByConferences();
    if (Object.keys(ofConferences).length > 0) return ofConferences;
    held = await Promise.all(services.map(heldBy));
    return Object.assign(
      {},
      ...held.map((each, index) => {
        const more = before[index] === undefined ? [] : excessOf(each, before[index]);
        return more.length === 0 ? {} : { [services[index]?.name ?? '']: more };
      }),
    );
  };
  await expect.poll(excess, { timeout: quietMs, interval: 2_000 }).toEqual({});
  return held;
}

describe.runIf(canRunWith('nats-server'))(`${rooms} rooms of ${membersOfRoom} members for ${soakSec} s`, () => {
  beforeAll(async () => {
    const users = Array.from({ length: members }, (_, index) => `user${index + 1}`);
    const environment = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };
    place = await ConferencePlace.start({ users, focuses: 1, edges: 1, environment });
    const { databaseUrl: url } = place.apart;
    postgres = new Postgres({ url, service: 'soak', schema: 'conference', logger: silentLogger() });
    for (let room = 1; room <= rooms; room += 1)
      await place.api().putRoom(`room${room}`, room > recordedRooms ? {} : { recording: 'always' });
    chatter = await Chatter.open(members, speaks);
    for (const [index, user] of users.entries()) {
      const member = await place.member(user, { isRegistered: false, mediaPort: chatter.portOf(index) });
      member.waitMs = answerMs;
      people.push(member);
    }
  }, startMs);
  afterAll(async () => {
    chatter?.close();
    await postgres?.close();
    await place?.stop();
  });

  it('leave no port, timer, worker message or memory behind', { timeout: limitMs }, async () => {
    const services = [...place.apart.focuses, ...place.apart.edges];
    const soak = (seconds: number) => {
      const untilMs = performance.now() + seconds * 1_000;
      return Promise.all(people.map((_, index) => comeAndGo(index, untilMs)));
    };
    // Code is compiled then; pools and connections are there.
    await soak(warmUpSec);
    const before = await quiet(services, []);
    const heardBefore = chatter.packetsHeard;
    Object.assign(counts, { visits: 0, kicks: 0, subscriptions: 0, refusals: 0 });

    const resident: string[] = [];
    const samples = setInterval(() => {
      resident.push(services.map(({ pid }) => (residentKibOf(pid) / 1_024).toFixed(0)).join('/'));
    }, soakSec * 100);
    await soak(soakSec);
    clearInterval(samples);
    const after = await quiet(services, before);
    const { rows: homes } = await postgres.query('select * from conference.homes');
    const heard = chatter.packetsHeard - heardBefore;
    const table = services.flatMap(({ name }, index) => [
      `${name} before: ${described(before[index] as Held)}`,
      `${name} after: ${described(after[index] as Held)}`,
    ]);
    process.stdout.write(`\n${soakSec} s: ${JSON.stringify(counts)}, ${heard} packets heard\n${table.join('\n')}\n`);
    process.stdout.write(`MiB resident of ${services.map(({ name }) => name).join('/')}: ${resident.join(' ')}\n`);
    process.stdout.write(`complaints: ${JSON.stringify([...place.apart.complaints()])}\n`);

    const [focus, focusBefore] = [after[0] as Held, before[0] as Held];
    const [main = 0, ...workers] = growthOf(focus, focusBefore);
    expect(counts.visits).toBeGreaterThan(members);
    expect(counts.kicks * counts.subscriptions).toBeGreaterThan(0);
    expect(heard).toBeGreaterThan(counts.visits * 10);
    expect(homes).toEqual([]);
    expect(focus.threads.length).toBe(focusBefore.threads.length);
    expect(main).toBeLessThan(mainGrowthBytes);
    expect(workers.filter((bytes) => bytes > workerGrowthBytes)).toEqual([]);
    expect(focus.residentKib - focusBefore.residentKib).toBeLessThan(residentGrowthKib);
  });
});
