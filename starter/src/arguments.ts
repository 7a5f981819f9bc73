import { parseArgs } from 'node:util';
import { StartProblem } from './start-problem.js';

export interface StartArguments {
  /** Give the demo users new random passwords and show them. */
  readonly newDemoPasswords: boolean;
}

/** Reads the words behind `npm start --`. Throws StartProblem for one that isn't known. */
export function parseArguments(words: readonly string[]): StartArguments {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { 'new-demo-passwords': { type: 'boolean', default: false } },
    });
    return { newDemoPasswords: values['new-demo-passwords'] };
  } catch (error) {
    throw new StartProblem(`${(error as Error).message}. Known: --new-demo-passwords`);
  }
}
