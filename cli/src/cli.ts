import type { Command } from 'commander';
import { apiAccess } from './api-access.js';
import { type Json, RestClient } from './rest-client.js';
import { type Column, fields, table } from './table.js';

/** What a process gives to a command line. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** The working folder. */
  readonly folder: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** All of the standard input, as text. */
  readonly input: () => Promise<string>;
}

/** The options that every command has. */
export interface GlobalOptions {
  readonly json?: true;
  readonly api?: string;
}

/** What a command works with: the API, and one way to show what it found, as a table or as JSON. */
export class Cli {
  readonly #program: Command;
  readonly surroundings: Surroundings;

  constructor(program: Command, surroundings: Surroundings) {
    this.#program = program;
    this.surroundings = surroundings;
  }

  /** The API; throws a CommandProblem where nothing says how to open it. */
  get api(): RestClient {
    const { environment, folder } = this.surroundings;
    return new RestClient(apiAccess(environment, folder, this.#options.api));
  }

  get isJson(): boolean {
    return this.#options.json === true;
  }

  /** Lines of text, which end here. */
  print(text: string): void {
    this.surroundings.out(`${text}\n`);
  }

  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** A list: a table, or `none` where it is empty; with --json all of each item. */
  showList<Item>(columns: readonly Column<Item>[], items: readonly Item[], none: string): void {
    if (this.isJson) this.printJson(items);
    else this.print(items.length === 0 ? none : table(columns, items));
  }

  /** One thing, with a line for each field. What is nested is shown as `limits.maxCallsPerSec`. */
  showOne(thing: Json): void {
    if (this.isJson) this.printJson(thing);
    else this.print(fields(flat(thing)));
  }

  /** That something was done; with --json what it is now. */
  done(sentence: string, thing: Json = {}): void {
    if (this.isJson) this.printJson(thing);
    else this.print(sentence);
  }

  get #options(): GlobalOptions {
    return this.#program.opts<GlobalOptions>();
  }
}

function flat(thing: Json, prefix = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(thing).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flat(value as Json, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as const],
  );
}
