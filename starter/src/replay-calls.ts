import { callStream } from '@ringdown/contracts';
import { createLogger, NatsBus } from '@ringdown/platform';
import { settingsOf } from './environment.js';
import { exitWith } from './run.js';
import { StartProblem } from './start-problem.js';

/** The durable consumer that accounting reads call events by. */
const consumer = 'accounting';

/**
 * Has accounting told again of every call event that JetStream still keeps, and ends: after a restore its records are older than its place in the
 * stream. An event that it has had changes nothing.
 */
async function main(): Promise<void> {
  const { natsUrl, logLevel } = settingsOf(process.env);
  if (natsUrl === undefined) throw new StartProblem('RINGDOWN_NATS_URL is missing: it says where the events are.');
  const bus = await NatsBus.connect({
    url: natsUrl,
    name: 'ringdown-replay-calls',
    logger: createLogger({ service: 'replay-calls', level: logLevel }),
  });
  try {
    await bus.forgetConsumer({ stream: callStream.name, name: consumer });
    process.stdout.write(`accounting gets the events of ${callStream.name} again\n`);
  } finally {
    await bus.close();
  }
}

main().catch(exitWith);
