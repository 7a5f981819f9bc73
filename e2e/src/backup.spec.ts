import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canRunWith, checkoutRoot, ServicesApart } from '@ringdown/testbed';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, offer } from './rfc3665/scripted-call.js';
import { ScriptedDialog } from './rfc3665/scripted-dialog.js';
import { ScriptedPhone } from './rfc3665/scripted-phone.js';

const tenantId = 'acme';
const domain = 'acme.test';
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'ringdown-backup-'));
const file = join(folder, 'ringdown.backup');

let apart: ServicesApart;
const phones: ScriptedPhone[] = [];

async function phone(user: string, edge: number): Promise<ScriptedPhone> {
  const [host = '', port] = apart.sip(edge).split(':');
  const proxy = { host, port: Number(port) };
  const opened = await ScriptedPhone.open({ user, domain, password: `${user}-secret`, transport: 'UDP', proxy });
  phones.push(opened);
  return opened;
}

async function registered(user: string, edge: number): Promise<ScriptedPhone> {
  const opened = await phone(user, edge);
  await opened.register();
  return opened;
}

/** A call that is answered, and hung up by the caller. */
async function call(caller: ScriptedPhone, callee: ScriptedPhone): Promise<void> {
  const requestUri = callee.addressOfRecord;
  const callId = `${Math.random().toString(36).slice(2)}@${domain}`;
  const invite = (cseq: number) =>
    caller.send(
      caller.compose('INVITE', {
        requestUri,
        callId,
        cseq,
        headers: [caller.contactLine(), ...caller.credentials('INVITE', requestUri)],
        sdp: offer,
      }),
    );
  const sent = invite(1);
  const arrived = await callee.receive('INVITE');
  callee.respond(arrived, 200, 'OK', answer);
  const dialog = ScriptedDialog.ofCaller(caller, sent, await caller.receive('200 INVITE'));
  dialog.acknowledge();
  await callee.receive('ACK');
  dialog.request('BYE');
  callee.respond(await callee.receive('BYE'), 200, 'OK');
  await caller.receive('200 BYE');
}

async function script(name: string, ...further: string[]): Promise<string> {
  const { stdout } = await run('sh', [`scripts/${name}`, ...further], {
    cwd: checkoutRoot,
    env: { ...process.env, RINGDOWN_POSTGRES_URL: apart.databaseUrl },
  });
  return stdout;
}

async function contents(backup: string): Promise<string> {
  return (await run('pg_restore', ['--list', backup])).stdout;
}

async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Resolves when so many calls are recorded as ended; rejects with how many there were. */
async function recorded(count: number): Promise<void> {
  const sql = "select count(*)::int as ended from accounting.call_records where state = 'ended'";
  await expect.poll(async () => (await ask(apart.databaseUrl, sql))[0]?.['ended'], { timeout: 20_000 }).toBe(count);
}

/** Resolves when every edge tells of its lease like this. */
async function leases(told: RegExp): Promise<void> {
  for (const edge of apart.edges)
    await expect
      .poll(async () => (await fetch(`http://${edge.http}/metrics`)).text(), { timeout: 20_000 })
      .toMatch(told);
}

describe.runIf(canRunWith('nats-server', 'pg_dump'))('a database that is lost and restored', () => {
  beforeAll(async () => {
    apart = await ServicesApart.start({ locations: 1, registrars: 1, edges: 2, accountings: 1 });
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(tenantId, [
      ['anna', 'anna-secret'],
      ['ben', 'ben-secret'],
      ['carol', 'carol-secret'],
    ]);
  });
  afterAll(async () => {
    await Promise.all(phones.map((each) => each.close()));
    await apart?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('reaches phones that don’t register anew, believes nothing that came after the backup, and loses no record', async () => {
    const anna = await registered('anna', 0);
    const ben = await registered('ben', 1);
    await call(anna, ben);
    await recorded(1);

    expect(await script('backup.sh', file)).toContain('of the schemas directory location conference accounting');
    expect(statSync(file).mode & 0o077).toBe(0);
    const [day] = await ask(apart.databaseUrl, "select to_char(now() at time zone 'utc', 'YYYY_MM_DD') as name");
    const partition = `TABLE DATA accounting call_records_${String(day?.['name'])}`;
    expect(await contents(file)).toContain(partition);
    const young = join(folder, 'young.backup');
    await script('backup.sh', young, '--records-since', '2999-01-01');
    expect(await contents(young)).toContain('TABLE accounting call_records ');
    expect(await contents(young)).not.toContain(partition);

    // What the edges learn after the backup: a subscriber, later versions of bindings, and a call that the backup doesn't have.
    await apart.operator.importSubscribers(tenantId, [['dora', 'dora-secret']]);
    const dora = await registered('dora', 1);
    await call(anna, dora);
    const carol = await registered('carol', 1);
    await carol.register();
    await call(anna, carol);
    await ben.register();
    await recorded(3);

    const stored = [apart.directory, ...apart.locations, ...apart.accountings];
    await Promise.all(stored.map((service) => service.kill9()));
    const name = new URL(apart.databaseUrl).pathname.slice(1);
    await ask(apart.postgres.url, `drop database "${name}" with (force)`);
    await ask(apart.postgres.url, `create database "${name}"`);
    expect(await script('restore.sh', file)).toContain('restored');
    await expect(script('restore.sh', file)).rejects.toThrow('Stop the services, and give it an empty database');
    await run(process.execPath, ['starter/dist/replay-calls.js'], {
      cwd: checkoutRoot,
      env: { ...process.env, RINGDOWN_NATS_URL: apart.nats.url },
    });
    // An outage that is shorter than a lease is no outage to edges, and they would seem to be served again before they are.
    await leases(/^ringdown_edge_lease\{[^}]*standing="held"[^}]*\} 0$/m);
    await Promise.all(stored.map((service) => service.restart()));
    // A phone that calls before that is told to come again in 3 s.
    await leases(/^ringdown_edge_lease\{[^}]*standing="held"[^}]*\} 1$/m);

    await call(anna, ben);
    await call(ben, anna);
    // Of dora the restored directory knows nothing, whatever the edges knew.
    anna.send(
      anna.compose('INVITE', {
        requestUri: dora.addressOfRecord,
        headers: [anna.contactLine(), ...anna.credentials('INVITE', dora.addressOfRecord)],
        sdp: offer,
      }),
    );
    const refused = await anna.receive('404 INVITE', 20_000);
    expect(refused).toBeDefined();
    // Whoever registers from elsewhere now is found there, and no more where later versions than this one said.
    const moved = await registered('carol', 0);
    await call(anna, moved);
    carol.nothingUnread();
    // Three from before, the two that the stream gave again among them, and three since.
    await recorded(6);
  });
});
