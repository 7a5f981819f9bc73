import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { ownString } from './own-string.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const DATAGRAM_BYTES = 65_536;
const KEPT = 500;

/** The growth of the heap, in bytes, when `keep` has been given a slice of each of many datagrams. */
function heapGrowth(keep: (slice: string) => string): number {
  const kept: string[] = [];
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < KEPT; i++) {
    const datagram = Buffer.alloc(DATAGRAM_BYTES, `call-${i}-`).toString('latin1');
    kept.push(keep(datagram.slice(100, 140)));
  }
  collectGarbage();
  const growth = process.memoryUsage().heapUsed - before;
  expect(kept).toHaveLength(KEPT);
  return growth;
}

it('a slice keeps its datagram alive, an owned copy does not', () => {
  expect(heapGrowth((slice) => slice)).toBeGreaterThan((KEPT * DATAGRAM_BYTES) / 2);
  expect(heapGrowth(ownString)).toBeLessThan((KEPT * DATAGRAM_BYTES) / 20);
});

it.each([
  ['empty', ''],
  ['shorter than a slice', 'abc'],
  ['a tag', 'as7f6sdf-9a8sd7f6'],
  ['every byte', Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')],
  ['longer than one chunk', 'x'.repeat(5000)],
])('copies %s', (_name, text) => {
  expect(ownString(text)).toBe(text);
});
