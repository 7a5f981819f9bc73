import type { Arrow } from './arrows.js';

/** Who takes part in a call, in the order of the ladder's columns. */
export interface Party {
  /** An edge, a service, or an address. */
  readonly name: string;
  /** Who is at an address, as far as the messages say; else empty. */
  readonly who: string;
}

/** The parties in the order in which the call reaches them. */
export function partiesOf(arrows: readonly Arrow[]): readonly Party[] {
  const names = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  return [...names].map((name) => ({ name, who: isAddress(name) ? whoIs(name, arrows) : '' }));
}

function isAddress(name: string): boolean {
  return name.includes(':');
}

/** The user part of From in what an address sends first, or of the Request-URI in what it is sent first. */
function whoIs(name: string, arrows: readonly Arrow[]): string {
  const first = arrows.find(({ from, to, sip }) => (from === name || to === name) && !sip.startsWith('SIP/2.0'));
  if (first === undefined) return '';
  const uri = first.from === name ? headerUri(first.sip, 'From|f') : first.sip.split(' ', 2)[1];
  const fallback = first.from === name ? undefined : headerUri(first.sip, 'To|t');
  return userOf(uri) ?? userOf(fallback) ?? '';
}

function headerUri(sip: string, names: string): string | undefined {
  const value = new RegExp(`\\r\\n(?:${names})[ \\t]*:[ \\t]*([^\\r\\n]*)`, 'i').exec(sip)?.[1];
  return /<([^>]*)>/.exec(value ?? '')?.[1] ?? value;
}

function userOf(uri: string | undefined): string | undefined {
  return /^sips?:([^@;:]+)(?::[^@]*)?@/i.exec(uri ?? '')?.[1];
}
