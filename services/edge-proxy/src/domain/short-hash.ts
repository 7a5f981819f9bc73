import { hash } from 'node:crypto';

/** How many texts are remembered at the most: an edge has few addresses of peers, and the instances of those who speak now. */
const capacity = 8_192;
const known = new Map<string, string>();

/** The SHA-256 of a text in hexadecimal, from memory where it was asked for lately: the same few names come back with every request. */
export function sha256Of(text: string): string {
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const digest = hash('sha256', text, 'hex');
  if (known.size >= capacity) known.clear();
  known.set(text, digest);
  return digest;
}
