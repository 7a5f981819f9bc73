import { expect, it } from 'vitest';
import { heldBytes, heldMessageBytes, heldMessages, heldNothing } from './held-bytes/held-bytes.js';
import { ownString } from './own-string.js';

/** What is in memory while what `keep` gives back is kept. */
function heldBy(keep: (part: string) => string): number {
  const kept: string[] = [];
  const held = heldBytes((part) => kept.push(keep(part)));
  expect(kept).toHaveLength(heldMessages);
  return held;
}

it('a slice keeps its datagram alive, an owned copy does not', () => {
  expect(heldBy((part) => part)).toBeGreaterThan((heldMessages * heldMessageBytes) / 2);
  expect(heldBy(ownString)).toBeLessThan(heldNothing);
});

it.each([
  ['empty', ''],
  ['shorter than a slice', 'abc'],
  ['a tag', 'as7f6sdf-9a8sd7f6'],
  ['every byte', Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')],
  ['longer than one chunk', 'x'.repeat(5000)],
  ['what is not latin1', 'a name in 漢字, long enough'],
])('copies %s', (_name, text) => {
  expect(ownString(text)).toBe(text);
});
