import { formatSettingProblems, readSettings, type Settings } from '@ringdown/platform';
import { StartProblem } from './start-problem.js';

/** The settings of this process. Throws StartProblem with a line for each one that is wrong. */
export function settingsOf(environment: NodeJS.ProcessEnv): Settings {
  const result = readSettings(environment);
  if (result.kind === 'problems') throw new StartProblem(formatSettingProblems(result.problems));
  return result.settings;
}
