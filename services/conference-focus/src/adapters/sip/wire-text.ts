/** Text as it stands in a message: UTF-8, one character a byte. */
export function wireText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** What stands in a message, as text. */
export function textOf(wire: string): string {
  return Buffer.from(wire, 'latin1').toString('utf8');
}
