import { createInterface } from 'node:readline';
import { Storm } from './storm.js';
import type { StormPlan } from './storm-plan.js';

/**
 * Phones with a connection each as a process of its own. Standard input: the plan as one line of JSON, then `drop` for each time that all connections
 * are to break. Standard output: a StormReport as a line of JSON twice a second. It ends with its standard input.
 */
const lines = createInterface({ input: process.stdin });
let storm: Storm | undefined;

lines.on('line', (line) => {
  if (line === 'drop') storm?.drop();
  else {
    const started = new Storm(JSON.parse(line) as StormPlan);
    storm = started;
    setInterval(() => process.stdout.write(`${JSON.stringify(started.report())}\n`), 500);
    void started.start();
  }
});
lines.on('close', () => process.exit(0));
