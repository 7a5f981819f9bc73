import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from './logger.js';
import { SealKeyFile } from './seal-key-file.js';

const key = (id: number, fill = id): string => `${id}:${Buffer.alloc(32, fill).toString('base64')}`;

describe('SealKeyFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-seal-'));
  const path = join(folder, 'keys');
  let log: { level: string; message: string; error?: { message: string } }[];
  let file: SealKeyFile;
  let heard: (readonly number[])[];

  const logger = createLogger({
    service: 'test',
    level: 'info',
    pretty: false,
    write: (line) => log.push(JSON.parse(line) as (typeof log)[number]),
  });

  function open(text: string): SealKeyFile {
    writeFileSync(path, text);
    const opened = new SealKeyFile({ path, logger, learnMs: 1_000, intervalMs: 3_600_000 });
    opened.onChange((keys) => heard.push(keys.map(({ id }) => id)));
    return opened;
  }

  async function change(text: string): Promise<void> {
    writeFileSync(path, text);
    await file.check();
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    log = [];
    heard = [];
    file = open(key(1));
  });
  afterEach(() => {
    file.close();
    vi.useRealTimers();
  });

  it('reads keys by lines or commas, with comments', () => {
    file.close();
    file = open(`# since May\n${key(3)}\n${key(2)}, ${key(1)}\n\n`);
    expect(file.keys.map(({ id }) => id)).toEqual([3, 2, 1]);
  });

  it('rotates in two steps: a second key opens at once, and seals when it is put first', async () => {
    await change(`${key(1)},${key(2)}`);
    await change(`${key(2)},${key(1)}`);
    await change(key(2));
    expect(heard).toEqual([[1, 2], [2, 1], [2]]);
  });

  it('lets a key that comes first at once only open until the others know it', async () => {
    await change(`${key(2)},${key(1)}`);
    vi.advanceTimersByTime(999);
    expect(heard).toEqual([[1, 2]]);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  it('takes back a rotation before it has begun', async () => {
    await change(`${key(2)},${key(1)}`);
    await change(key(1));
    vi.advanceTimersByTime(2_000);
    expect(heard).toEqual([[1, 2], [1]]);
  });

  it('seals with a new key at once where the old one is no longer there', async () => {
    await change(key(2));
    expect(heard).toEqual([[2]]);
  });

  it.each([
    { name: 'nonsense', text: 'nonsense', says: /must hold a list of id:key/ },
    { name: 'nothing', text: '', says: /must hold a list of id:key/ },
    { name: 'one id twice', text: `${key(2)},${key(2, 3)}`, says: /no two alike/ },
    { name: 'another key under a known id', text: key(1, 9), says: /another key to the id 1/ },
  ])('keeps its keys when the file holds $name, says so once, and heals', async ({ text, says }) => {
    await change(text);
    await file.check();
    expect(heard).toEqual([]);
    expect(log).toMatchObject([
      { level: 'warn', message: 'the seal keys stay as they are', error: { message: expect.stringMatching(says) } },
    ]);
    await change(`${key(1)},${key(2)}`);
    expect(heard).toEqual([[1, 2]]);
  });

  it('keeps its keys while the file is away', async () => {
    rmSync(path);
    await file.check();
    await file.check();
    expect(log.map(({ message }) => message)).toEqual(['the seal keys stay as they are']);
    await change(`${key(1)},${key(2)}`);
    expect(heard).toEqual([[1, 2]]);
  });

  it('does not start without keys', () => {
    expect(() => open('nonsense')).toThrow(/^The file of RINGDOWN_SEAL_KEYS_FILE must hold/);
    expect(() => new SealKeyFile({ path: join(folder, 'none'), logger })).toThrow(
      /^RINGDOWN_SEAL_KEYS_FILE is .* can't be read/,
    );
  });
});
