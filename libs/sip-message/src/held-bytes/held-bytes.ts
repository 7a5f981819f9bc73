import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Messages that `heldBytes` makes. */
export const heldMessages = 400;
export const heldMessageBytes = 50_000;
/** Less than a tenth of the messages: no part of any of them keeps the whole alive. */
export const heldNothing = (heldMessages * heldMessageBytes) / 10;

/**
 * For tests of whatever outlives messages: what is in memory, in bytes, once `keep` was given a part of each of many messages and they are gone. Each part
 * has 30 characters, is another one, and shares memory with its message as everything does that a parser cuts out.
 */
export function heldBytes(keep: (part: string, number: number) => unknown): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let number = 0; number < heldMessages; number++) {
    const message = Buffer.alloc(heldMessageBytes, `part-of-message-${String(number).padStart(14, '0')} `);
    keep(message.toString('latin1').slice(31, 61), number);
  }
  collectGarbage();
  return process.memoryUsage().heapUsed - before;
}
