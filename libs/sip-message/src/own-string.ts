/**
 * A copy of `text` with memory of its own. A string sliced from a datagram keeps the whole datagram alive; values that
 * outlive their message (map keys, contacts, tags) go through this. `text` is latin1, as everything read from a message
 * is; any other is returned as it is.
 *
 * Concatenating and slicing again may share memory as well, so the characters go through a buffer.
 */
export function ownString(text: string): string {
  if (text.length < SHORTEST_SLICE) return text;
  const own =
    text.length > scratch.length
      ? Buffer.from(text, 'latin1').toString('latin1')
      : scratch.toString('latin1', 0, scratch.write(text, 0, 'latin1'));
  return own === text ? own : text;
}

/** The engine makes a slice that shares memory from 13 characters on, and copies shorter ones. */
const SHORTEST_SLICE = 13;
const scratch = Buffer.alloc(1024);
