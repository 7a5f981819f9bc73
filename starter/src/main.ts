import { createLogger } from '@ringdown/platform';
import { parseArguments } from './arguments.js';
import { endingTime } from './ending-time.js';
import { settingsOf } from './environment.js';
import { startPlatform } from './platform.js';
import { exitWith, runUntilSignal } from './run.js';

/** Runs every service in this process until a signal comes. */
async function main(): Promise<void> {
  const { newDemoPasswords } = parseArguments(process.argv.slice(2));
  const settings = settingsOf(process.env);
  const logger = createLogger({ service: 'starter', level: settings.logLevel });
  await runUntilSignal(logger, endingTime(settings), (shutdown) =>
    startPlatform({ settings, environment: process.env, logger, shutdown, newDemoPasswords }),
  );
}

main().catch(exitWith);
