import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether tests that need these programs can run: where all of them are. Where `CI` is `true` they run in any case, so that a missing program
 * fails there instead of being passed over.
 */
export function canRunWith(...programs: readonly string[]): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin'];
  const isThere = (program: string) => folders.some((folder) => existsSync(join(folder, program)));
  return process.env['CI'] === 'true' || programs.every(isThere);
}
