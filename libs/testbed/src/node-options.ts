import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot } from './checkout-root.js';

/** The options of Node that the platform's processes run with, as `npm start` gives them. */
export const nodeOptions: readonly string[] = readFileSync(join(checkoutRoot, 'scripts', 'node-options'), 'utf8')
  .trim()
  .split(/\s+/);
