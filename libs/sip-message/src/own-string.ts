/**
 * A copy of `text` with memory of its own. A string sliced from a datagram keeps the whole datagram alive; values that
 * outlive their message (map keys, contacts, tags) go through this. `text` is latin1, as everything read from a message is.
 *
 * Concatenating and slicing again would share memory as well, so the copy is built from character codes.
 */
export function ownString(text: string): string {
  if (text.length < SHORTEST_SLICE) return text;
  let own = '';
  for (let at = 0; at < text.length; at += CHUNK) {
    const end = Math.min(at + CHUNK, text.length);
    const codes: number[] = [];
    for (let i = at; i < end; i++) codes.push(text.charCodeAt(i));
    own += String.fromCharCode(...codes);
  }
  return own;
}

/** The engine makes a slice that shares memory from 13 characters on, and copies shorter ones. */
const SHORTEST_SLICE = 13;
/** Arguments of one call: far below the engine's limit. */
const CHUNK = 1024;
