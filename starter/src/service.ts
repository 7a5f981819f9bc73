import { createLogger } from '@ringdown/platform';
import { endingTimeOf } from './ending-time.js';
import { settingsOf } from './environment.js';
import { exitWith, runUntilSignal } from './run.js';
import { serviceNames, startService } from './single-service.js';
import { StartProblem } from './start-problem.js';

/** Runs one service alone until a signal comes: `npm run service -- edge-proxy`. */
async function main(): Promise<void> {
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || rest.length > 0) throw new StartProblem(`Name one service: ${serviceNames.join(', ')}`);
  const settings = settingsOf(process.env);
  const logger = createLogger({ service: name, level: settings.logLevel });
  await runUntilSignal(logger, endingTimeOf(name, settings), (shutdown) =>
    startService({ name, settings, logger, shutdown }),
  );
}

main().catch(exitWith);
