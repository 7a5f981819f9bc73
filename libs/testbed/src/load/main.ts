import { createInterface } from 'node:readline';
import { Load } from './load.js';
import type { LoadPlan } from './load-plan.js';

/**
 * A load as a process of its own. Standard input: the plan as one line of JSON, then `call` if the plan waits
 * for it, perhaps `stop` (no further calls), and `leave`. Standard output: a line of JSON each second,
 * `{"phase":"registered"|"calling"|"over", "report":{…}}`, the last one with "over". Then it
 * stays, its phones registered, until it is told to leave.
 */
const lines = createInterface({ input: process.stdin });
const begin = Promise.withResolvers<void>();
let isStopped = false;
let load: Load | undefined;

const say = (phase: string) => process.stdout.write(`${JSON.stringify({ phase, report: load?.report() })}\n`);

lines.on('line', (line) => {
  if (line === 'stop') isStopped = true;
  else if (line === 'call') begin.resolve();
  else if (line === 'leave') void leave();
  else if (load === undefined) void run(JSON.parse(line) as LoadPlan);
});
// Whoever started it has gone.
lines.on('close', () => process.exit(1));

async function run(plan: LoadPlan): Promise<void> {
  const running = new Load(plan);
  load = running;
  await running.register();
  say('registered');
  if (plan.waits === true) await begin.promise;
  const telling = setInterval(() => say('calling'), 1_000);
  await running.call(() => isStopped);
  clearInterval(telling);
  say('over');
}

async function leave(): Promise<void> {
  await load?.leave();
  process.exit(0);
}
