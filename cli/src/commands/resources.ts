import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Cli } from '../cli.js';
import { CommandProblem } from '../command-problem.js';
import { type FieldOption, merged, type Resource } from '../resources/resource.js';
import { fieldsOf, readFields, setOption } from '../resources/written-fields.js';
import type { Json } from '../rest-client.js';

/** `ringdown <resources> list|show|create|update|delete`. Returns the command, for what one kind has beside. */
export function addResource(program: Command, cli: Cli, resource: Resource): Command {
  const command = program.command(resource.plural).description(`List and change ${resource.plural}`);
  addList(command, cli, resource);
  addShow(command, cli, resource);
  addCreate(command, cli, resource);
  if (resource.written.length > 0) addUpdate(command, cli, resource);
  addDelete(command, cli, resource);
  return command;
}

function addList(parent: Command, cli: Cli, resource: Resource): void {
  const { plural, columns } = resource;
  withTenant(parent.command('list').description(`List ${plural}`), resource)
    .option('--limit <count>', 'so many at most', wholeNumber)
    .action(async (...words: unknown[]) => {
      const [tenant = ''] = namesIn(words);
      const { limit } = optionsIn(words) as { readonly limit?: number };
      const items: Json[] = [];
      for await (const item of cli.api.items(resource.path(tenant), {}, limit)) items.push(item);
      cli.showList(columns, items, `There are no ${plural}.`);
    });
}

function addShow(parent: Command, cli: Cli, resource: Resource): void {
  withName(parent.command('show').description(`Show one ${resource.singular}`), resource).action(
    async (...words: unknown[]) => cli.showOne(await cli.api.get(pathOf(resource, words))),
  );
}

function addCreate(parent: Command, cli: Cli, resource: Resource): void {
  const { singular, plural } = resource;
  withFields(withName(parent.command('create').description(`Create a ${singular}`), resource), resource).action(
    async (...words: unknown[]) => {
      const at = pathOf(resource, words);
      const { api } = cli;
      if ((await api.find(at)) !== undefined)
        throw new CommandProblem(
          `There is a ${singular} ${nameIn(words)} already.`,
          resource.written.length === 0 ? [] : [`\`ringdown ${plural} update\` changes it.`],
        );
      const created = await api.put(at, await readFields(cli, resource, optionsIn(words)));
      cli.done(`Created ${singular} ${nameIn(words)}.`, created);
    },
  );
}

function addUpdate(parent: Command, cli: Cli, resource: Resource): void {
  const { singular, written } = resource;
  const description = `Change a ${singular}; what isn't named stays as it is`;
  withFields(withName(parent.command('update').description(description), resource), resource).action(
    async (...words: unknown[]) => {
      const at = pathOf(resource, words);
      const { api } = cli;
      const changes = await readFields(cli, resource, optionsIn(words));
      if (Object.keys(changes).length === 0)
        throw new CommandProblem(`Nothing was named that should change in ${singular} ${nameIn(words)}.`, [
          'Give an option (--help lists them), --set or --file.',
        ]);
      const there = await api.get(at);
      const changed = await api.put(at, merged(fieldsOf(there, written), changes));
      cli.done(`Changed ${singular} ${nameIn(words)}.`, changed);
    },
  );
}

function addDelete(parent: Command, cli: Cli, resource: Resource): void {
  const { singular } = resource;
  withName(parent.command('delete').description(`Remove a ${singular}`), resource).action(
    async (...words: unknown[]) => {
      await cli.api.delete(pathOf(resource, words));
      cli.done(`Removed ${singular} ${nameIn(words)}.`);
    },
  );
}

function withTenant(command: Command, { inTenant }: Resource): Command {
  return inTenant ? command.argument('<tenant>') : command;
}

function withName(command: Command, resource: Resource): Command {
  return withTenant(command, resource).argument(`<${resource.name}>`);
}

function withFields(command: Command, { options }: Resource): Command {
  for (const option of options) command.addOption(commandOption(option));
  if (options.some(({ flags }) => flags.startsWith('--password')))
    command.option(
      '--password-stdin',
      'read the password from the standard input, where nobody sees it in a list of processes',
    );
  return options.length === 0
    ? command
    : command
        .addOption(setOption())
        .option('--file <path>', 'the fields as JSON, as the REST API takes them; - is the standard input');
}

function commandOption({ flags, description, isList }: FieldOption): Option {
  const option = new Option(flags, isList ? `${description} (may be repeated)` : description);
  return isList ? option.argParser((value: string, before: readonly string[] = []) => [...before, value]) : option;
}

/** commander calls an action with the arguments, then the options, then the command. */
function namesIn(words: readonly unknown[]): readonly string[] {
  return words.slice(0, -2) as readonly string[];
}

function optionsIn(words: readonly unknown[]): Readonly<Record<string, unknown>> {
  return words.at(-2) as Readonly<Record<string, unknown>>;
}

function nameIn(words: readonly unknown[]): string {
  return namesIn(words).at(-1) ?? '';
}

function pathOf({ path, inTenant }: Resource, words: readonly unknown[]): string {
  const names = namesIn(words);
  return `${path(inTenant ? (names[0] ?? '') : '')}/${encodeURIComponent(nameIn(words))}`;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
