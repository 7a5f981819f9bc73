import { type Parsed, parsed, rejected } from '@ringdown/platform/commands';

/** A place in a list that is ordered by start and key. */
export function formatPosition({
  startedAtMs,
  callKey,
}: {
  readonly startedAtMs: number;
  readonly callKey: string;
}): string {
  return `${startedAtMs} ${callKey}`;
}

/** What `formatPosition` wrote. */
export function parsePosition(text: string): Parsed<{ readonly startedAtMs: number; readonly callKey: string }> {
  const match = /^(\d{1,15}) (\S{1,256})$/.exec(text);
  if (match === null) return rejected('is no cursor of this list; use the "next" of the previous page as it is');
  return parsed({ startedAtMs: Number(match[1]), callKey: match[2]! });
}
