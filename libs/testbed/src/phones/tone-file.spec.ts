import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { amplitudeOf } from './goertzel.js';
import { readSamples, writeTone } from './tone-file.js';

it('finds a tone at the amplitude it was written with, and no other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-sound-'));
  const file = join(folder, 'tone.wav');
  writeTone(file, 440, 1);
  const samples = readSamples(file);
  expect(samples).toHaveLength(8_000);
  expect(amplitudeOf(samples, 440)).toBeGreaterThan(7_900);
  expect(amplitudeOf(samples, 880)).toBeLessThan(50);
  rmSync(folder, { recursive: true });
});
