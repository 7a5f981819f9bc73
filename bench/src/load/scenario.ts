import { join } from 'node:path';
import { checkoutRoot } from '@ringdown/testbed';

/** Path of one of the benchmark's own scenarios. */
export function ownScenario(name: string): string {
  return join(checkoutRoot, 'bench', 'scenarios', name);
}
