import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** buf takes half a second a run, and more on a busy machine. */
const timeoutMs = 60_000;

interface Outcome {
  readonly failed: boolean;
  readonly output: string;
}

async function script(name: string, protos?: string): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run('sh', [
      join(root, 'libs/contracts', name),
      ...(protos === undefined ? [] : [protos]),
    ]);
    return { failed: false, output: stdout + stderr };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { failed: true, output: stdout + stderr };
  }
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

let release: string;
beforeAll(async () => {
  release = mkdtempSync(join(tmpdir(), 'ringdown-proto-'));
  cpSync(join(root, 'proto'), release, { recursive: true });
  const outcome = await script('release-protos.sh', release);
  if (outcome.failed) throw new Error(outcome.output);
}, timeoutMs);
afterAll(() => rmSync(release, { recursive: true, force: true }));

/** A copy of the protos, released as they are. */
function released(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-proto-'));
  folders.push(folder);
  cpSync(release, folder, { recursive: true });
  return folder;
}

function edit(folder: string, file: string, from: string | RegExp, to: string): void {
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

const events = 'ringdown/events/v1/events.proto';
const location = 'ringdown/location/v1/location.proto';

describe('the protos', { timeout: timeoutMs }, () => {
  it('keep to the style and break no reader of the last release', async () => {
    expect(await script('check-protos.sh')).toEqual({ failed: false, output: '' });
  });

  it.each<[string, string, RegExp, string, RegExp]>([
    ['a field is removed', events, / {2}int64 at_ms = 2;\n/, '', /Previously present field "2" with name "at_ms"/],
    ['a field gets another number', events, /media_node = 8;/, 'media_node = 18;', /Previously present field "8"/],
    ['a field gets another type', events, /uint32 status_code/, 'string status_code', /type from "uint32" to "string"/],
    ['a field gets another name', events, /string reason = 3;/, 'string cause = 3;', /name from "reason" to "cause"/],
    ['a message is removed', events, /UnknownDomain/g, 'StrangeDomain', /Previously present message "UnknownDomain"/],
    ['a value of an enum is removed', events, / {2}CALL_END_EXPIRED = 6;\n/, '', /Previously present enum value "6"/],
    ['a method is removed', location, / {2}rpc Unbind\(.*\n/, '', /Previously present RPC "Unbind"/],
    ['a method starts to stream', location, /returns \(Lookup/, 'returns (stream Lookup', /"Lookup".*server streaming/],
  ])('fail the check when %s', async (_what, file, from, to, message) => {
    const folder = released();
    edit(folder, file, from, to);
    const outcome = await script('check-protos.sh', folder);
    expect(outcome.failed).toBe(true);
    expect(outcome.output).toMatch(message);
  });

  it.each<[string, string, string]>([
    ['a field is added', 'string reason = 3;', 'string reason = 3;\n  string more = 4;'],
    ['a message is added', 'message UnknownDomain {', 'message More {}\n\nmessage UnknownDomain {'],
    ['a value of an enum is added', 'CALL_END_EXPIRED = 6;', 'CALL_END_EXPIRED = 6;\n  CALL_END_MORE = 7;'],
  ])('pass the check when %s', async (_what, from, to) => {
    const folder = released();
    edit(folder, events, from, to);
    expect(await script('check-protos.sh', folder)).toEqual({ failed: false, output: '' });
  });

  it('fail the check for bad style, and without a release to compare with', async () => {
    const folder = released();
    edit(folder, events, 'string reason = 3;', 'string Reason = 3;');
    expect((await script('check-protos.sh', folder)).output).toMatch(/lower_snake_case/);
    const unreleased = released();
    rmSync(join(unreleased, 'released.binpb'));
    const outcome = await script('check-protos.sh', unreleased);
    expect([outcome.failed, outcome.output]).toEqual([true, expect.stringContaining('released.binpb is missing')]);
  });
});

describe('generate.sh', { timeout: timeoutMs }, () => {
  /** A workspace of its own, so that the sources that other tests import stay as they are. */
  function workspace(): string {
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-generate-'));
    folders.push(folder);
    cpSync(join(root, 'proto'), join(folder, 'proto'), { recursive: true });
    cpSync(join(root, 'libs/contracts/generate.sh'), join(folder, 'libs/contracts/generate.sh'), { recursive: true });
    cpSync(join(root, 'libs/contracts/src/service.ts'), join(folder, 'libs/contracts/src/service.ts'), {
      recursive: true,
    });
    return folder;
  }

  async function generate(folder: string): Promise<Outcome> {
    const environment = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}` };
    try {
      const { stdout, stderr } = await run('sh', [join(folder, 'libs/contracts/generate.sh')], {
        env: environment,
        cwd: '/',
      });
      return { failed: false, output: stdout + stderr };
    } catch (error) {
      return { failed: true, output: String(error) };
    }
  }

  const listing = (folder: string) =>
    readdirSync(join(folder, 'libs/contracts/src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .toSorted();

  it('makes what is in the workspace now', async () => {
    const folder = workspace();
    expect(await generate(folder)).toEqual({ failed: false, output: '' });
    const generated = listing(folder).filter((name) => name.startsWith('gen/'));
    expect(generated).toContain('gen/index.ts');
    for (const name of generated) {
      const [fresh, present] = [folder, root].map((base) =>
        readFileSync(join(base, 'libs/contracts/src', name), 'utf8'),
      );
      expect(fresh).toBe(present);
    }
  });

  it('leaves everything alone when nothing changed, deletes what is stale, and keeps the old when a proto is wrong', async () => {
    const folder = workspace();
    await generate(folder);
    const index = join(folder, 'libs/contracts/src/gen/index.ts');
    const before = statSync(index).mtimeMs;
    await generate(folder);
    expect(statSync(index).mtimeMs).toBe(before);
    rmSync(join(folder, 'proto/ringdown/events'), { recursive: true });
    await generate(folder);
    expect(listing(folder).filter((name) => name.includes('events'))).toEqual([]);
    const good = listing(folder);
    writeFileSync(join(folder, 'proto/ringdown/location/v1/location.proto'), 'syntax = "proto3"; oops');
    expect((await generate(folder)).failed).toBe(true);
    expect(listing(folder)).toEqual(good);
    expect(existsSync(index)).toBe(true);
  });
});
