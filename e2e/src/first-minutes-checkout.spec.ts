import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CheckoutCopy, copyCheckout } from './checkout-copy.js';
import { processesOf } from './peers/process-scan.js';
import { RawPhone } from './peers/raw-phone.js';
import { type Launch, type LaunchOptions, Stage, secretsOf } from './stage.js';

const run = promisify(execFile);
const stage = new Stage();
const npmStart = ['npm', 'start'] as const;
const buildMs = 120_000;
const secrets: string[] = [];

let checkout: CheckoutCopy;

beforeAll(async () => {
  checkout = copyCheckout();
  checkout.setParentMode(0o755);
}, buildMs);
afterEach(() => stage.end());
afterAll(async () => {
  await stage.clear();
  checkout.remove();
});

function start(dataDir: string | undefined, options: LaunchOptions = {}): Launch {
  return stage.launch(dataDir, { command: npmStart, cwd: checkout.path, ...options });
}

/** What a start has left, some moments after its process ended: what npm started may end a little after npm. */
async function nothingLeft(...folders: readonly string[]): Promise<void> {
  await expect.poll(() => folders.flatMap(processesOf), { timeout: 1_000 }).toEqual([]);
}

describe('npm start, installed and not yet built', () => {
  it('builds with a word about it, and answers', { timeout: buildMs }, async () => {
    checkout.unbuild();
    const folder = stage.folder();
    const launch = start(folder);
    const { http } = await launch.up(buildMs);
    expect(launch.child.output()).toContain('ringdown: building');
    expect((await fetch(`${http}/readyz`)).status).toBe(200);
    launch.child.signal('SIGTERM');
    await launch.exit();
    await nothingLeft(folder, checkout.path);
  });

  const running = (folder: string, command: RegExp) => processesOf(folder).some((seen) => command.test(seen.command));
  const moments = [
    { moment: 'as it begins', reached: (folder: string) => running(folder, /\bnx run /) },
    { moment: 'while it plans', reached: () => existsSync(join(checkout.path, '.nx', 'workspace-data')) },
    { moment: 'while it compiles', reached: (folder: string) => running(folder, /\btsc -b /) },
  ].flatMap((at) => (['SIGTERM', 'SIGINT'] as const).map((signal) => ({ ...at, signal })));

  it.each(moments)('$signal during the build, $moment, leaves no process', { timeout: buildMs }, async (row) => {
    checkout.unbuild();
    const folder = stage.folder();
    const launch = start(folder);
    await expect.poll(() => row.reached(folder), { interval: 10, timeout: 30_000 }).toBe(true);
    // SIGINT as a terminal sends it, to all; SIGTERM as a supervisor does, to npm alone.
    if (row.signal === 'SIGTERM') launch.child.signal(row.signal);
    else process.kill(-launch.pid, row.signal);
    expect(await launch.exit()).not.toBe(0);
    await nothingLeft(folder, checkout.path);
    expect(launch.child.output()).not.toContain('Ringdown is up');
  });
});

describe('npm start', () => {
  it.each([
    { name: 'SIGTERM to npm', send: (launch: Launch) => launch.child.signal('SIGTERM') },
    {
      name: 'Ctrl-C at the terminal: SIGINT to npm and all below it',
      send: (launch: Launch) => process.kill(-launch.pid, 'SIGINT'),
    },
    {
      name: 'an impatient Ctrl-C, twice at once,',
      send: (launch: Launch) => {
        process.kill(-launch.pid, 'SIGINT');
        process.kill(-launch.pid, 'SIGINT');
      },
    },
  ])('$name stops it cleanly and leaves no process', { timeout: buildMs }, async ({ send }) => {
    const folder = stage.folder();
    const launch = start(folder);
    const { sip } = await launch.up(buildMs);
    const phone = await RawPhone.open(sip);
    expect(await phone.register('alice', 'alice-demo')).toMatch(/^SIP\/2\.0 200 /);
    phone.close();
    expect(processesOf(folder).some(({ command }) => command.includes('postgres'))).toBe(true);
    send(launch);
    expect(await launch.exit()).toBe(0);
    await nothingLeft(folder, checkout.path);
    expect(existsSync(join(folder, 'owner.json'))).toBe(false);
  });

  it('hands words behind -- to the platform', { timeout: buildMs }, async () => {
    const folder = stage.folder();
    const launch = start(folder, { args: ['--', '--new-demo-passwords'] });
    const facts = await launch.up(buildMs);
    const { sip, passwords } = facts;
    secrets.push(...secretsOf(facts));
    const phone = await RawPhone.open(sip);
    expect(await phone.register('carol', passwords.get('carol') ?? '')).toMatch(/^SIP\/2\.0 200 /);
    expect(await phone.register('carol', 'carol-demo')).toMatch(/^SIP\/2\.0 401 /);
    phone.close();
    await launch.child.end();
    await nothingLeft(folder, checkout.path);
  });
});

describe('npm start without a network', () => {
  const possible = hasNetworkNamespaces();
  const skipped = !possible && process.env['CI'] !== 'true';

  it.skipIf(skipped)(
    `works when all is installed${skipped ? ' (skipped: this user may not make a network namespace)' : ''}`,
    { timeout: buildMs },
    async () => {
      checkout.unbuild();
      const folder = stage.folder();
      const launch = start(folder, {
        command: ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec npm start'],
      });
      const { http, adminToken } = await launch.up(buildMs);
      const script =
        "fetch(process.argv[1], { headers: { authorization: 'Bearer ' + process.argv[2] } })" +
        ".then(async (response) => console.log(response.status + ' ' + (await response.text())))";
      const inside = async (path: string): Promise<string> => {
        const namespace = `--net=/proc/${launch.pid}/ns/net`;
        const args = [namespace, process.execPath, '-e', script, `${http}${path}`, adminToken];
        return (await run('nsenter', args)).stdout;
      };
      const links = await run('nsenter', [`--net=/proc/${launch.pid}/ns/net`, 'cat', '/proc/net/route']);
      expect(links.stdout.trim().split('\n')).toHaveLength(1);
      expect(await inside('/readyz')).toMatch(/^200 /);
      expect(await inside('/docs')).toMatch(/^200 <!doctype html>/);
      expect(await inside('/v1/tenants')).toContain('demo.ringdown.test');
      launch.child.signal('SIGTERM');
      expect(await launch.exit()).toBe(0);
      await nothingLeft(folder, checkout.path);
    },
  );
});

describe('npm start below a folder that only its owner may enter', () => {
  const shared = '/var/lib/ringdown';
  const before = existsSync(shared) ? readdirSync(shared) : undefined;
  let dataDir: string | undefined;

  afterAll(() => {
    checkout.setParentMode(0o755);
    // Only what this start has made: its data, and the copy of Postgres unless an earlier start had made one.
    for (const name of existsSync(shared) ? readdirSync(shared) : [])
      if (before?.includes(name) !== true && (name.startsWith('postgres-') || join(shared, name) === dataDir))
        rmSync(join(shared, name), { recursive: true, force: true });
    if (before === undefined && existsSync(shared) && readdirSync(shared).length === 0)
      rmSync(shared, { recursive: true });
  });

  it('starts, works, keeps its data over a restart and leaves nothing', { timeout: buildMs }, async () => {
    checkout.setParentMode(0o700);
    const first = start(undefined);
    const facts = await first.up(buildMs);
    secrets.push(...secretsOf(facts));
    dataDir = facts.dataDir;
    // Postgres may not run as root, and the account it runs under can't enter the checkout.
    const asRoot = process.getuid?.() === 0;
    expect(asRoot ? dirname(dataDir) : dataDir).toBe(asRoot ? shared : join(checkout.path, '.ringdown'));
    const phone = await RawPhone.open(facts.sip);
    expect(await phone.register('alice', 'alice-demo')).toMatch(/^SIP\/2\.0 200 /);
    const bindings = await phone.bindings('alice', 'alice-demo');
    expect(bindings).toHaveLength(1);
    phone.close();
    expect((await fetch(`${facts.http}/readyz`)).status).toBe(200);
    first.child.signal('SIGTERM');
    expect(await first.exit()).toBe(0);
    await nothingLeft(dataDir, checkout.path);

    const second = start(undefined);
    const again = await second.up(buildMs);
    expect(again).toMatchObject({ dataDir, adminToken: facts.adminToken });
    const returned = await RawPhone.open(again.sip);
    expect((await returned.bindings('alice', 'alice-demo')).map(uriOf)).toEqual(bindings.map(uriOf));
    returned.close();
    second.child.signal('SIGTERM');
    expect(await second.exit()).toBe(0);
    await nothingLeft(dataDir, checkout.path);
  });
});

it('no secret is in any log of these starts', () => {
  expect(secrets.length).toBeGreaterThan(20);
  const log = stage.log();
  expect(log).toContain('ringdown: building');
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
});

function hasNetworkNamespaces(): boolean {
  try {
    execFileSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function uriOf(contact: string): string {
  return /<[^>]+>/.exec(contact)?.[0] ?? contact;
}
