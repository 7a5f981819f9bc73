import { CommandProblem } from './command-problem.js';

const hasScheme = /^(?:sips?|tel|urn):/i;

/** The URI that somebody means who types `alice@acme.example`, a URI, or with `domain` a bare name or number. Throws a CommandProblem. */
export function uriOf(text: string, domain?: string): string {
  if (hasScheme.test(text)) return text;
  if (text.includes('@')) return `sip:${text}`;
  if (domain !== undefined) return `sip:${text}@${domain}`;
  throw new CommandProblem(`"${text}" names no domain.`, [`Write it as ${text}@acme.example, or as a whole URI.`]);
}

/** The host of a SIP URI, with its port if it has one; undefined where there is none. */
export function hostOf(uri: string): string | undefined {
  return /^sips?:(?:[^@]*@)?([^;?]+)/i.exec(uri)?.[1];
}
