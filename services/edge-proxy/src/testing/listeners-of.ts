import { parseSipListeners, type SipListener } from '@ringdown/platform';

/** Listeners as a setting writes them. */
export function listenersOf(text: string): readonly SipListener[] {
  const parsed = parseSipListeners(text);
  if ('misfit' in parsed) throw new Error(parsed.misfit);
  return parsed;
}
