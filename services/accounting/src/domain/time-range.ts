import { type Parsed, parsed, rejected } from '@ringdown/platform/commands';

const DAY_MS = 86_400_000;

/** How much time one question may be about: the longest month, with an hour to spare on either side. */
export const MAX_RANGE_DAYS = 32;

/** Calls that began from `fromMs` on and before `toMs`; undefined: without an end. */
export interface TimeRange {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Reads a time of RFC 3339, or a day, which stands for its beginning in UTC, to Unix milliseconds. */
export function parseInstant(text: string): Parsed<number> {
  const ms = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return parsed(ms);
  return rejected('must be a time like 2026-11-22T08:00:00Z or a day like 2026-11-22');
}

/** The range that a question names; the day before now where it names none. A sentence where it is too long or upside down. */
export function askedRange({ fromMs, toMs }: TimeRange, nowMs: number): Parsed<TimeRange> {
  const from = fromMs ?? (toMs ?? nowMs) - DAY_MS;
  if (toMs !== undefined && toMs <= from) return rejected('must be after from');
  if ((toMs ?? nowMs) - from > MAX_RANGE_DAYS * DAY_MS)
    return rejected(`must be at most ${MAX_RANGE_DAYS} days after from; ask for one part after the other`);
  return parsed({ fromMs: from, toMs });
}
