import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { amplitudeOf } from './goertzel.js';
import { readSound, type SoundFormat, telephone, writeTone } from './tone-file.js';

it.each<[string, SoundFormat]>([
  ['G.711', telephone],
  ['G.722', { sampleRate: 16_000, channels: 1 }],
  ['Opus', { sampleRate: 48_000, channels: 2 }],
])('finds a tone at the amplitude it was written with, and no other, as %s has it', (_, format) => {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-sound-'));
  const file = join(folder, 'tone.wav');
  writeTone(file, 440, 1, format);
  const { samples, sampleRate } = readSound(file);
  expect([sampleRate, samples.length]).toEqual([format.sampleRate, format.sampleRate]);
  expect(amplitudeOf(samples, 440, sampleRate)).toBeGreaterThan(7_900);
  expect(amplitudeOf(samples, 880, sampleRate)).toBeLessThan(50);
  rmSync(folder, { recursive: true });
});
