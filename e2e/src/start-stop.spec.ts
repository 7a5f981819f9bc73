import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kill, processesOf } from './peers/process-scan.js';
import { RawPhone } from './peers/raw-phone.js';
import { type Facts, type Launch, Stage, secretsOf } from './stage.js';

const stage = new Stage();
const erin = { username: 'erin', password: 'only-for-this-test' };
const secrets = [erin.password];
afterAll(() => stage.clear());

async function putSubscriber({ http, adminToken }: Facts): Promise<void> {
  const response = await fetch(`${http}/v1/tenants/demo/subscribers/${erin.username}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ password: erin.password }),
  });
  expect([200, 201]).toContain(response.status);
}

/** Registers the subscriber that only REST has made; returns the Contact lines of the answer. */
async function registerErin({ sip }: Facts): Promise<string[]> {
  const phone = await RawPhone.open(sip);
  const response = await phone.register(erin.username, erin.password);
  phone.close();
  expect(response).toMatch(/^SIP\/2\.0 200 /);
  return contactsOf(response.split('\r\n').filter((line) => line.startsWith('Contact:')));
}

async function bindingsOfErin({ sip }: Facts): Promise<string[]> {
  const phone = await RawPhone.open(sip);
  const lines = await phone.bindings(erin.username, erin.password);
  phone.close();
  return contactsOf(lines);
}

function contactsOf(lines: readonly string[]): string[] {
  return lines.map((line) => /<[^>]+>/.exec(line)?.[0] ?? line);
}

async function ready(facts: Facts): Promise<number> {
  return (await fetch(`${facts.http}/readyz`)).status;
}

describe('a second start on the same data', () => {
  it('finds the subscriber and the binding, and has the same key', async () => {
    const folder = stage.folder();
    const first = stage.launch(folder);
    const before = await first.up();
    secrets.push(...secretsOf(before));
    await putSubscriber(before);
    const registered = await registerErin(before);
    expect(registered).toHaveLength(1);
    first.child.signal('SIGTERM');
    expect(await first.exit()).toBe(0);

    const second = stage.launch(folder);
    const after = await second.up();
    expect(after.adminToken).toBe(before.adminToken);
    expect(await bindingsOfErin(after)).toEqual(registered);
    expect([...after.passwords]).toEqual([...before.passwords]);
    await second.child.end();
  });

  it('is refused while another runs there, naming it, and does it no harm', async () => {
    const folder = stage.folder();
    const running = stage.launch(folder);
    const facts = await running.up();
    await putSubscriber(facts);
    const registered = await registerErin(facts);
    const before = processesOf(folder).map(({ pid }) => pid);

    const second = stage.launch(folder);
    expect(await second.exit()).toBe(1);
    expect(second.child.output()).toBe(
      `ringdown: The data directory ${folder} is in use by a running platform (process ${running.pid}). Stop that one, or set RINGDOWN_DATA_DIR to another directory.\n`,
    );

    expect(processesOf(folder).map(({ pid }) => pid)).toEqual(before);
    expect(await ready(facts)).toBe(200);
    expect(await bindingsOfErin(facts)).toEqual(registered);
    running.child.signal('SIGTERM');
    expect(await running.exit()).toBe(0);
    expect(processesOf(folder)).toEqual([]);
  });
});

describe('after a kill', () => {
  it('of the running platform, the next start ends the Postgres that was left and finds its data', async () => {
    const folder = stage.folder();
    const killed = stage.launch(folder);
    const before = await killed.up();
    await putSubscriber(before);
    const registered = await registerErin(before);
    const recorded = readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
    const [left, socketFolder = ''] = [Number(recorded[0]), recorded[4]];
    killed.child.signal('SIGKILL');
    expect(await killed.exit()).toBe('SIGKILL');
    expect(processesOf(folder).map(({ pid }) => pid)).toContain(left);

    const next = stage.launch(folder);
    const after = await next.up();
    expect(next.child.output()).toMatch(
      new RegExp(`"pid":${left},"message":"ended the Postgres that an earlier start had left"`),
    );
    expect(processesOf(folder).map(({ pid }) => pid)).not.toContain(left);
    expect(existsSync(socketFolder)).toBe(false);
    expect(await bindingsOfErin(after)).toEqual(registered);
    next.child.signal('SIGTERM');
    expect(await next.exit()).toBe(0);
    expect(processesOf(folder)).toEqual([]);
  });

  it('of everything in the middle of making the cluster, as when the power fails, the next start makes it anew', async () => {
    const folder = stage.folder();
    const killed = stage.launch(folder);
    const begun = () => readdirSync(folder).some((name) => existsSync(join(folder, name, 'PG_VERSION')));
    await expect.poll(begun, { interval: 5, timeout: 20_000 }).toBe(true);
    for (const { pid } of processesOf(folder)) kill(pid);
    await killed.exit();
    const next = stage.launch(folder);
    expect(await ready(await next.up())).toBe(200);
    next.child.signal('SIGTERM');
    expect(await next.exit()).toBe(0);
    expect(processesOf(folder)).toEqual([]);
  });
});

it('damaged keys are told in one line, and leave no Postgres', async () => {
  const folder = stage.folder();
  const first = stage.launch(folder);
  await first.up();
  await first.child.end();
  writeFileSync(join(folder, 'secrets.json'), '{"adminToken":');
  const second = stage.launch(folder);
  expect(await second.exit()).toBe(1);
  expect(second.child.output()).toMatch(/^ringdown: .*secrets\.json is damaged\. Remove it .*\n$/);
  expect(processesOf(folder)).toEqual([]);
});

describe('a signal', () => {
  const folder = stage.folder();

  it.each([
    { name: 'SIGTERM', signals: ['SIGTERM'] },
    { name: 'SIGINT', signals: ['SIGINT'] },
    { name: 'SIGHUP, a closed terminal', signals: ['SIGHUP'] },
    { name: 'SIGTERM twice', signals: ['SIGTERM', 'SIGTERM'] },
    { name: 'SIGINT twice, as Ctrl-C below npm', signals: ['SIGINT', 'SIGINT'] },
  ] as const)('$name stops it with exit code 0 and leaves no process', async ({ signals }) => {
    const launch = stage.launch(folder);
    await launch.up();
    expect(processesOf(folder).length).toBeGreaterThan(1);
    for (const signal of signals) launch.child.signal(signal);
    expect(await launch.exit()).toBe(0);
    expect(processesOf(folder)).toEqual([]);
    expect(existsSync(join(folder, 'owner.json'))).toBe(false);
  });

  it('lets a call that is ringing be answered first, and says meanwhile that it is not ready', async () => {
    const launch = stage.launch(folder);
    const facts = await launch.up();
    const [alice, bob] = [await RawPhone.open(facts.sip), await RawPhone.open(facts.sip)];
    expect(await bob.register('bob', 'bob-demo')).toMatch(/^SIP\/2\.0 200 /);
    const answer = alice.request('INVITE', 'sip:bob@demo.ringdown.test', {
      from: 'sip:alice@demo.ringdown.test',
      credentials: { username: 'alice', password: 'alice-demo' },
    });
    const invite = await bob.message(/^INVITE /);
    bob.respond(invite, '180 Ringing');
    await alice.message(/^SIP\/2\.0 180 /);
    launch.child.signal('SIGTERM');
    launch.child.signal('SIGTERM');
    await expect.poll(() => ready(facts)).toBe(503);
    bob.respond(invite, '200 OK');
    expect(await answer).toMatch(/^SIP\/2\.0 200 /);
    expect(await launch.exit()).toBe(0);
    expect(processesOf(folder)).toEqual([]);
    alice.close();
    bob.close();
  });

  it('stops it also when nobody reads its output any more', async () => {
    const launch = stage.launch(folder);
    const { sip } = await launch.up();
    launch.child.process.stdout?.destroy();
    launch.child.process.stderr?.destroy();
    const phone = await RawPhone.open(sip);
    const credentials = { username: 'mallory', password: 'x' };
    for (let line = 1; line <= 3; line += 1)
      expect(await phone.request('REGISTER', 'sip:demo.ringdown.test', { credentials })).toMatch(/^SIP\/2\.0 401 /);
    phone.close();
    launch.child.signal('SIGTERM');
    expect(await launch.exit()).toBe(0);
    expect(processesOf(folder)).toEqual([]);
  });
});

describe('a signal during the start', () => {
  interface Moment {
    readonly name: string;
    readonly signal: NodeJS.Signals;
    readonly reached: (launch: Launch, folder: string) => boolean;
  }
  const moments: readonly Moment[] = [
    {
      name: 'while the data folder is claimed',
      signal: 'SIGTERM',
      reached: (_, folder) => existsSync(join(folder, 'owner.json')),
    },
    {
      name: 'while the cluster is made',
      signal: 'SIGINT',
      reached: (_, folder) => processesOf(folder).some(({ command }) => command.includes('initdb')),
    },
    {
      name: 'when Postgres comes up',
      signal: 'SIGTERM',
      reached: (_, folder) => existsSync(join(folder, 'postgres', 'postmaster.pid')),
    },
    {
      name: 'while the tables are made',
      signal: 'SIGINT',
      reached: ({ child }) => child.output().includes('Migrations applied'),
    },
  ];

  it.each(moments)('$signal $name leaves nothing, and the next start works', async ({ reached, signal }) => {
    const folder = stage.folder();
    const launch = stage.launch(folder);
    await expect.poll(() => reached(launch, folder), { interval: 5, timeout: 20_000 }).toBe(true);
    launch.child.signal(signal);
    expect(await launch.exit()).toBe(0);
    expect(processesOf(folder)).toEqual([]);
    expect(existsSync(join(folder, 'owner.json'))).toBe(false);
    const next = stage.launch(folder);
    expect(await ready(await next.up())).toBe(200);
    await next.child.end();
  });
});

it('no secret is in any log of these starts', () => {
  expect(secrets.length).toBeGreaterThan(10);
  const log = stage.log();
  expect(log.length).toBeGreaterThan(1_000);
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
});
