import { Command } from 'commander';
import { rewriteReadme } from './readme.js';

export const readmeCommand = new Command('readme')
  .description("rewrite the README's tables from results that were kept")
  .argument('<files...>', 'files of bench/results, in the order of the tables')
  .action((files: readonly string[]) => rewriteReadme(files));
