import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { CommandProblem } from '../command-problem.js';
import type { CallMessages } from '../ladder/call-messages.js';
import { fullMessages, ladder } from '../ladder/ladder.js';
import { path } from '../rest-client.js';

interface TraceOptions {
  readonly messages?: true;
  readonly keep?: true;
}

const usualWidth = 120;
const keptBecause = {
  failed: 'Kept for an hour, since the call failed.',
  slow: 'Kept for an hour, since it took long until the other side rang.',
  operator: 'Kept for an hour, as somebody has asked.',
} as const;

/** `ringdown trace <call-id>`: the messages of a call as a ladder, from all edges that saw them. */
export function addTrace(program: Command, cli: Cli): void {
  program
    .command('trace')
    .description(
      'The messages of a call of the last minute as a ladder, and where its spans are\n' +
        '(RINGDOWN_TRACE_URL is the address of a trace in your tracing UI, with {traceId} in it).',
    )
    .argument('<call-id>', 'the SIP Call-ID')
    .option('--messages', 'print every message in full as well')
    .option('--keep', 'have all edges keep its messages for an hour, those of the next ten minutes too')
    .action(async (callId: string, { messages: inFull, keep }: TraceOptions) => {
      const { api, surroundings } = cli;
      if (keep === true) await api.post(path`/v1/calls/${callId}/keep`, {});
      const call = (await api.get(path`/v1/calls/${callId}/messages`)) as unknown as CallMessages;
      if (cli.isJson) {
        cli.printJson(call);
        return;
      }
      if (call.messages.length === 0 && keep !== true) throw unseen(call);
      const width = Number(surroundings.environment['COLUMNS'] ?? process.stdout.columns ?? usualWidth) || usualWidth;
      if (call.messages.length > 0) cli.print(ladder(call, { width }));
      if (inFull === true) cli.print(`\n${fullMessages(call)}`);
      cli.print(['', ...remarks(call, surroundings.environment['RINGDOWN_TRACE_URL'])].join('\n'));
    });
}

function unseen({ callId, edges }: CallMessages): CommandProblem {
  const reach = edges
    .filter(({ answer }) => answer === 'found')
    .map(({ id, reachesBackMs }) => `${id}: ${(reachesBackMs / 1000).toFixed(0)} s`);
  return new CommandProblem(`No edge has a message of the call ${callId}.`, [
    ...(reach.length === 0 ? [] : [`They go back so far: ${reach.join(', ')}.`]),
    ...missing(edges),
    'A call has to be traced within a minute, or kept with --keep while it is under way.',
  ]);
}

function remarks({ traceId, sampled, kept, edges }: CallMessages, template: string | undefined): readonly string[] {
  const spans = sampled
    ? (template?.replaceAll('{traceId}', traceId) ?? 'its spans are exported')
    : 'its spans are not exported (RINGDOWN_TRACE_SAMPLING)';
  return [`Trace ${traceId}: ${spans}`, ...(kept === null ? [] : [keptBecause[kept]]), ...missing(edges)];
}

function missing(edges: CallMessages['edges']): readonly string[] {
  return edges.flatMap(({ id, answer, truncated }) => {
    if (answer === 'silent') return [`${id} did not answer: messages may be missing.`];
    if (answer === 'keeps-none') return [`${id} keeps no messages (RINGDOWN_CAPTURE_SEC).`];
    return truncated ? [`${id} has more messages than fit.`] : [];
  });
}
