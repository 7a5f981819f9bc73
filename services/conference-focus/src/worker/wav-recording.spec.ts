import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WavRecording } from './wav-recording.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recording-'));
});

afterEach(() => rm(folder, { recursive: true }));

const frame = new Int16Array(320).fill(1000);

it('is a WAV file of what was said, with silence where nobody spoke or a turn was left out', async () => {
  const path = join(folder, 'tenant', 'room.wav');
  const recording = await WavRecording.open(path, 16_000);
  for (let turn = 0; turn < 120; turn++)
    if (turn < 60 || turn >= 70) recording.write(turn, turn < 50 ? frame : undefined);
  expect(await recording.end()).toEqual({ durationMs: 2400 });
  const file = await readFile(path);
  expect(file.subarray(0, 4).toString()).toBe('RIFF');
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  expect(file.subarray(8, 16).toString()).toBe('WAVEfmt ');
  expect([file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt32LE(24), file.readUInt16LE(34)]).toEqual([
    1, 1, 16_000, 16,
  ]);
  expect(file.readUInt32LE(40)).toBe(120 * 640);
  expect(file.length).toBe(44 + 120 * 640);
  const samples = new Int16Array(file.buffer.slice(file.byteOffset + 44, file.byteOffset + file.length));
  expect(samples.filter((sample) => sample === 1000)).toHaveLength(50 * 320);
  expect(samples[50 * 320]).toBe(0);
});

it('has the sizes of what is written in its header each second', async () => {
  const path = join(folder, 'room.wav');
  const recording = await WavRecording.open(path, 16_000);
  for (let turn = 0; turn < 50; turn++) recording.write(turn, frame);
  let size = 0;
  while (size === 0) size = (await readFile(path)).readUInt32LE(40);
  expect(size).toBe(50 * 640);
  await recording.end();
});

it('never writes over a file', async () => {
  const path = join(folder, 'room.wav');
  await (await WavRecording.open(path, 16_000)).end();
  await expect(WavRecording.open(path, 16_000)).rejects.toThrow('EEXIST');
});
