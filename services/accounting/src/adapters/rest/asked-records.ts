import { fieldProblem, ProblemException } from '@ringdown/platform/rest';
import { z } from 'zod';
import { askedRange } from '../../domain/time-range.js';
import type { RecordFilter } from '../../ports/record-reader.js';
import { recordFilter } from './record-schemas.js';

const filterQuery = z.object(recordFilter);

/** The filter that a query names. Throws a problem where its range is none. */
export function askedRecords(query: z.output<typeof filterQuery>, nowMs: number): RecordFilter {
  const { from, to, callId, ...filter } = query;
  const named = { ...filter, sipCallId: callId };
  // A Call-ID has an index of its own over all days.
  if (callId !== undefined && from === undefined && to === undefined) return named;
  const range = askedRange({ fromMs: from, toMs: to }, nowMs);
  if (!range.ok) throw new ProblemException(fieldProblem(400, [{ field: 'to', detail: range.detail }]));
  return { ...named, ...range.value };
}
