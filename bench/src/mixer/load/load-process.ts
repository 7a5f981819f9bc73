import { AskedProcess } from '../asked-process.js';
import type { LoadQuestions } from './load-questions.js';

export type LoadProcess = AskedProcess<LoadQuestions>;

/** Starts the load as a process of its own. */
export function startLoad(): LoadProcess {
  return new AskedProcess<LoadQuestions>(new URL('./main.js', import.meta.url));
}
