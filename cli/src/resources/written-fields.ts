import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Cli } from '../cli.js';
import { CommandProblem } from '../command-problem.js';
import type { Json } from '../rest-client.js';
import { merged, nested, type Resource } from './resource.js';

/** `--set limits.maxCallsPerSec=10`: any field, its value as JSON, or as text where it is none. */
export function setOption(): Option {
  return new Option(
    '--set <field=value>',
    'any field by its name in the API, as limits.maxCallsPerSec=10 (may be repeated)',
  ).argParser((text: string, before: Json = {}) => merged(before, setField(text)));
}

function setField(text: string): Json {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a field, an = and a value.');
  return nested(text.slice(0, at), jsonOrText(text.slice(at + 1)));
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What the options of a command say: the file's fields, over them those of options, over them those of --set. Throws a CommandProblem. */
export async function readFields(
  cli: Cli,
  { options }: Resource,
  given: Readonly<Record<string, unknown>>,
): Promise<Json> {
  const { file, set, passwordStdin } = given as {
    readonly file?: string;
    readonly set?: Json;
    readonly passwordStdin?: true;
  };
  let fields = file === undefined ? {} : await fileFields(cli, file);
  for (const { flags, fields: fieldsOf } of options) {
    const value = given[new Option(flags).attributeName()];
    if (value !== undefined) fields = merged(fields, fieldsOf(value as string | true | readonly string[]));
  }
  if (passwordStdin === true) fields = merged(fields, { password: firstLine(await cli.surroundings.input()) });
  return merged(fields, set ?? {});
}

/** The fields of a thing that a PUT takes; those that it doesn't have are left out. */
export function fieldsOf(thing: Json, written: readonly string[]): Json {
  return Object.fromEntries(
    written.filter((field) => thing[field] !== undefined).map((field) => [field, thing[field]]),
  );
}

async function fileFields({ surroundings }: Cli, file: string): Promise<Json> {
  const text = file === '-' ? await surroundings.input() : readText(resolve(surroundings.folder, file));
  const value = jsonOrText(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new CommandProblem(`${file === '-' ? 'The standard input' : file} has no JSON object in it.`);
}

/** The text of a file; throws a CommandProblem. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandProblem(`${file} can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}

function firstLine(text: string): string {
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw new CommandProblem('The standard input has no password in its first line.');
  return line;
}
