import { z } from 'zod';
import { parseCursor } from '../commands/cursor.js';
import { readText } from './schema-text.js';

/** What has no parameters. */
export const nothing = z.object({});

/** The query of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce
    .number('must be a whole number from 1 to 1000')
    .int('must be a whole number from 1 to 1000')
    .min(1, 'must be a whole number from 1 to 1000')
    .max(1000, 'must be a whole number from 1 to 1000')
    .default(100)
    .meta({ description: 'How many items at most.' }),
  cursor: readText(parseCursor, {
    description: 'The "next" of the previous page.',
    example: 'WzEsImFsaWNlIl0',
  }).optional(),
});

/** When and where in its service's sequence of commits a thing was written. */
export const written = {
  version: z
    .int()
    .meta({ description: 'Position of the commit that wrote it; grows with every change, never repeats.' }),
  createdAt: z.iso.datetime().meta({ description: 'When it was created.' }),
  updatedAt: z.iso.datetime().meta({ description: 'When it was last changed.' }),
};

/** The body of what its path says all of. */
export const emptyRequest = z
  .strictObject({})
  .meta({ id: 'Empty', description: 'Nothing: the path says it all. The body may be left out.' });

/** RFC 9457, as every error is answered. */
export const problemView = z
  .object({
    type: z.string().meta({ example: 'about:blank' }),
    title: z.string().meta({ example: 'Unprocessable Entity' }),
    status: z.int().meta({ example: 422 }),
    detail: z.string().meta({
      description: 'What is wrong and what to do.',
      example: 'limits.minExpiresSec must not exceed limits.maxExpiresSec (7200)',
    }),
    errors: z
      .array(
        z.object({
          field: z
            .string()
            .optional()
            .meta({ description: 'Path of the field to blame.', example: 'limits.minExpiresSec' }),
          line: z.int().optional().meta({ description: 'Line of an import, from 1.' }),
          detail: z.string(),
        }),
      )
      .optional(),
    errorCount: z
      .int()
      .optional()
      .meta({ description: 'How many errors there are in all, where "errors" has only the first.' }),
  })
  .meta({ id: 'Problem', description: 'What went wrong, by RFC 9457.' });

/** A page of items; `next` is null at the end. */
export function pageOf(item: z.ZodType, id: string) {
  return z
    .object({
      items: z.array(item),
      next: z.string().nullable().meta({ description: 'The cursor of the next page; null at the end.' }),
    })
    .meta({ id, description: 'A page of a list, in the order of its keys.' });
}
