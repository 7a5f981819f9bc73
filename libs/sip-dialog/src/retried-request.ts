import { Header, type HeaderField } from '@ringdown/sip-message';
import type { RequestDraft } from './dialog.js';

/**
 * The same request with another sequence number, and these headers in the place of those of the same name
 * (RFC 3261 §8.1.3.5, §22.2).
 */
export function retried(draft: RequestDraft, cseq: number, headers: readonly HeaderField[]): RequestDraft {
  const replaced = new Set(headers.map(([name]) => name));
  const kept = draft.headers.filter(([name]) => !replaced.has(name));
  const renumbered = kept.map(
    ([name, value]): HeaderField => (name === Header.CSeq ? [name, `${cseq} ${draft.method}`] : [name, value]),
  );
  return { ...draft, cseq, headers: [...renumbered, ...headers] };
}
