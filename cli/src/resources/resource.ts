import type { Json } from '../rest-client.js';
import type { Column } from '../table.js';

/** An option of `create` and `update` that sets a field. */
export interface FieldOption {
  /** As commander reads them: `--domain <name>`. */
  readonly flags: string;
  readonly description: string;
  /** The fields that the option's value stands for; nested objects are merged into what is there. Throws a CommandProblem. */
  readonly fields: (value: string | true | readonly string[]) => Json;
  /** May be given several times; `fields` gets all of them. */
  readonly isList?: true;
}

/** A kind of thing that operators manage, as its commands need to know it. */
export interface Resource {
  /** The command: `subscribers`. */
  readonly plural: string;
  readonly singular: string;
  /** What its name is called in the help: `<username>`. */
  readonly name: string;
  /** Whether it belongs to a tenant, which is named before it. */
  readonly inTenant: boolean;
  /** The path of the list; of one thing, with its encoded name at the end. */
  readonly path: (tenant: string) => string;
  readonly columns: readonly Column<Json>[];
  /** The fields of a PUT: what `update` keeps of a thing as it is. Empty: its path says all of it, and there is no update. */
  readonly written: readonly string[];
  readonly options: readonly FieldOption[];
  /** Fields that a new one gets where no option says otherwise. */
  readonly defaults?: (name: string) => Json;
}

/** An option whose value is a field as it is. */
export function text(flags: string, field: string, description: string): FieldOption {
  return { flags, description, fields: (value) => nested(field, value) };
}

/** An option that may be given several times, for a field that is a list. */
export function list(flags: string, field: string, description: string): FieldOption {
  return { flags, description, isList: true, fields: (value) => nested(field, value) };
}

/** A pair of options for a field that is true or false. */
export function choice(field: string, yes: string, no: string, what: string): readonly FieldOption[] {
  return [
    { flags: `--${yes}`, description: `${what} is ${yes}`, fields: () => nested(field, true) },
    { flags: `--${no}`, description: `${what} is ${no}`, fields: () => nested(field, false) },
  ];
}

/** `limits.maxCallsPerSec` as an object in an object. */
export function nested(field: string, value: unknown): Json {
  return field.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Json;
}

/** The second laid over the first, object by object; lists are replaced. */
export function merged(below: Json, above: Json): Json {
  const result: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const there = result[name];
    result[name] = isObject(there) && isObject(value) ? merged(there, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
