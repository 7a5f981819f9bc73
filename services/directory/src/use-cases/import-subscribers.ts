import type { Failure } from '@ringdown/platform/commands';
import { hashPassword } from '../domain/credentials.js';
import type { TenantId } from '../domain/tenant-id.js';
import { parsePassword, parseUsername } from '../domain/username.js';
import type { DirectoryStore, ImportCounts, ImportedSubscriber } from '../ports/directory-store.js';

/** One line as it was read: its number in the file, its fields, or why it couldn't be read. */
export type ImportLine =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly unreadable: string };

/** What is wrong with a line; `field` where one of the two is to blame. */
export interface LineError {
  readonly line: number;
  readonly field: 'username' | 'password' | undefined;
  readonly detail: string;
}

export type ImportOutcome =
  | { readonly kind: 'imported'; readonly counts: ImportCounts }
  /** Nothing was written. `errors` has at most `maxErrors` of the `errorCount`, in the order of the file. */
  | { readonly kind: 'bad-lines'; readonly errors: readonly LineError[]; readonly errorCount: number }
  | { readonly kind: 'too-many-lines'; readonly maxLines: number }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface ImportLimits {
  readonly maxLines: number;
  readonly maxErrors: number;
}

export const IMPORT_LIMITS: ImportLimits = { maxLines: 250_000, maxErrors: 100 };

// Three hashes a line are some microseconds: a batch holds the event loop, which also carries calls, for about a millisecond.
const BATCH_LINES = 250;

/**
 * Imports `username,password` lines in one commit: all of them or, when a single one is bad, none. The first line has to be the
 * heading `username,password`: any other, such as `user,pass`, would become a subscriber. An existing subscriber gets the new password and keeps everything else; a username twice in
 * the file is an error, since one of its passwords would be lost. `breathe` is awaited between batches.
 */
export async function importSubscribers(
  store: DirectoryStore,
  tenantId: TenantId,
  lines: AsyncIterable<readonly ImportLine[]>,
  breathe: () => Promise<unknown>,
  limits: ImportLimits = IMPORT_LIMITS,
): Promise<ImportOutcome> {
  const tenant = (await store.tenant(tenantId)).value;
  if (tenant === undefined)
    return { kind: 'failed', failure: { kind: 'not-found', detail: `there is no tenant ${tenantId}` } };
  const reading = new ImportReading(tenant.realm, limits);
  for await (const chunk of lines) {
    for (let from = 0; from < chunk.length; from += BATCH_LINES) {
      const taken = reading.take(chunk.slice(from, from + BATCH_LINES));
      if (taken === 'too-many') return { kind: 'too-many-lines', maxLines: limits.maxLines };
      // What the columns of the other lines are isn't known.
      if (taken === 'no-heading') return { kind: 'bad-lines', errors: reading.errors, errorCount: reading.errorCount };
      await breathe();
    }
  }
  reading.end();
  if (reading.errorCount > 0) return { kind: 'bad-lines', errors: reading.errors, errorCount: reading.errorCount };
  const outcome = await store.importSubscribers(tenantId, tenant.realm, reading.batches);
  return outcome.ok ? { kind: 'imported', counts: outcome.value } : { kind: 'failed', failure: outcome.failure };
}

const HEADING = ['username', 'password'] as const;

function isHeading(line: ImportLine): boolean {
  if ('unreadable' in line || line.fields.length !== HEADING.length) return false;
  return HEADING.every((name, i) => line.fields[i]?.toLowerCase() === name);
}

class ImportReading {
  readonly batches: (readonly ImportedSubscriber[])[] = [];
  readonly errors: LineError[] = [];
  errorCount = 0;
  readonly #realm: string;
  readonly #limits: ImportLimits;
  readonly #lineOf = new Map<string, number>();
  #lines = 0;

  constructor(realm: string, limits: ImportLimits) {
    this.#realm = realm;
    this.#limits = limits;
  }

  /** Checks and hashes lines, unless there are more than allowed or the first is not the heading. */
  take(lines: readonly ImportLine[]): 'taken' | 'too-many' | 'no-heading' {
    const batch: ImportedSubscriber[] = [];
    for (const line of lines) {
      this.#lines += 1;
      if (this.#lines > this.#limits.maxLines) return 'too-many';
      if (this.#lines === 1) {
        if (isHeading(line)) continue;
        this.#bad(line.line, undefined, `is not the heading; the first line must be ${HEADING.join(',')}`);
        return 'no-heading';
      }
      const subscriber = this.#read(line);
      if (subscriber !== undefined) batch.push(subscriber);
    }
    if (batch.length > 0) this.batches.push(batch);
    return 'taken';
  }

  /** To be called after the last line. */
  end(): void {
    if (this.#lines === 0) this.#bad(1, undefined, `is missing; the first line must be ${HEADING.join(',')}`);
  }

  #read(line: ImportLine): ImportedSubscriber | undefined {
    if ('unreadable' in line) return this.#bad(line.line, undefined, line.unreadable);
    const { fields } = line;
    if (fields.length !== 2) {
      return this.#bad(line.line, undefined, `has ${fields.length} fields instead of the two username,password`);
    }
    const username = parseUsername(fields[0]!);
    if (!username.ok) return this.#bad(line.line, 'username', username.detail);
    const password = parsePassword(fields[1]!);
    if (!password.ok) return this.#bad(line.line, 'password', password.detail);
    const earlier = this.#lineOf.get(username.value);
    if (earlier !== undefined)
      return this.#bad(line.line, 'username', `${username.value} is already on line ${earlier}`);
    this.#lineOf.set(username.value, line.line);
    // Once a line is bad nothing will be written; the rest is only checked.
    if (this.errorCount > 0) return undefined;
    return { username: username.value, ha1s: hashPassword(username.value, this.#realm, password.value) };
  }

  #bad(line: number, field: LineError['field'], detail: string): undefined {
    this.errorCount += 1;
    if (this.errors.length < this.#limits.maxErrors) this.errors.push({ line, field, detail });
    return undefined;
  }
}
