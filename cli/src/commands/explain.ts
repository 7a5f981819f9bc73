import { type Command, Option } from 'commander';
import { hostOf, uriOf } from '../called-address.js';
import type { Cli } from '../cli.js';
import { CommandProblem } from '../command-problem.js';
import { type Json, RefusedProblem } from '../rest-client.js';
import { printable } from '../table.js';

interface ExplainOptions {
  readonly method: string;
  readonly transport: string;
  readonly source?: string;
  readonly user?: string;
}

interface Step {
  readonly step: string;
  readonly decision: string;
  readonly rule?: string;
}

/** `ringdown explain`: what an edge would do with a call, and why, with nothing sent. */
export function addExplain(program: Command, cli: Cli): void {
  program
    .command('explain')
    .description('Say why a call would go where it goes: each decision and the rule behind it. Nothing is sent')
    .argument('<from>', 'who calls: alice@acme.example, or a URI')
    .argument('[to]', "whom: a URI, an address, or a name or number at the caller's domain; for a REGISTER the domain")
    .addOption(
      new Option('--method <method>', 'what the caller wants')
        .choices(['INVITE', 'MESSAGE', 'OPTIONS', 'REFER', 'REGISTER', 'SUBSCRIBE'])
        .default('INVITE'),
    )
    .addOption(
      new Option('--transport <transport>', 'over what the caller sends')
        .choices(['UDP', 'TCP', 'TLS', 'WS', 'WSS'])
        .default('UDP'),
    )
    .option(
      '--source <host:port>',
      'where the caller sends from; without it a peer is taken to be where its route leads',
    )
    .option('--user <username>', 'whom the caller signs in as; without it the user part of its address')
    .action(async (from: string, to: string | undefined, options: ExplainOptions) => {
      const json = questionOf(from, to, options);
      const explanation = await asked(cli, json);
      if (cli.isJson) cli.printJson(explanation);
      else cli.print(inLines(explanation));
    });
}

function questionOf(from: string, to: string | undefined, { method, transport, source, user }: ExplainOptions): Json {
  const caller = uriOf(from);
  const domain = hostOf(caller);
  return { from: caller, to: requestUri(method, to, domain), method, transport, source, username: user };
}

function requestUri(method: string, to: string | undefined, domain: string | undefined): string {
  if (method === 'REGISTER') {
    const host = to === undefined ? domain : (hostOf(to) ?? to);
    if (host !== undefined) return `sip:${host}`;
  } else if (to !== undefined) return uriOf(to, domain);
  throw new CommandProblem('It is not said who is called.', ['Name the callee after the caller.']);
}

async function asked(cli: Cli, json: Json): Promise<Json> {
  try {
    return await cli.api.post('/v1/explain', { json });
  } catch (error) {
    if (!(error instanceof RefusedProblem) || error.status !== 404) throw error;
    throw new CommandProblem(`There is no edge behind this API: ${error.message}`, [
      'Route /v1/explain to an edge that was given RINGDOWN_ADMIN_TOKEN.',
    ]);
  }
}

/** A line for each decision, and one below it for the rule. */
function inLines(explanation: Json): string {
  const steps = explanation['steps'] as readonly Step[];
  const width = Math.max(...steps.map(({ step }) => step.length));
  return steps
    .flatMap(({ step, decision, rule }) => [
      `${step.padEnd(width)}  ${printable(decision)}`,
      ...(rule === undefined ? [] : rule.split('; ')).map(
        (each, index) => `${' '.repeat(width)}  ${index === 0 ? '↳' : ' '} ${printable(each)}`,
      ),
    ])
    .join('\n');
}
