import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RecordingFolder } from './recording-folder.js';

let folder: string;
const errors: unknown[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recordings-'));
});
afterEach(() => rm(folder, { recursive: true }));

function recordings(at = folder): RecordingFolder {
  const logger = { error: (message: string, fields?: object) => void errors.push([message, fields]) };
  return new RecordingFolder({ folder: at, logger, now: () => Date.UTC(2026, 10, 2, 12) });
}

it.each([
  ['sales', 'acme/sales'],
  ['..', 'acme/_..'],
  ['.', 'acme/_.'],
  ['a..b', 'acme/a..b'],
])('a recording of room %s is in a folder of its own within its tenant', async (room, expected) => {
  const path = await recordings().path('acme', room, 'c1');
  expect(relative(folder, path)).toBe(`${expected}/2026-11-02T120000.000Z-c1.wav`);
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
});

it('rejects where no folder can be made', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(recordings(join(folder, 'file')).path('acme', 'sales', 'c1')).rejects.toThrow('ENOTDIR');
});

it('says loudly that a conference is not recorded', () => {
  recordings().failed('acme', 'sales', 'c1', 'no space');
  expect(errors).toMatchObject([[expect.any(String), { tenantId: 'acme', room: 'sales', reason: 'no space' }]]);
});
