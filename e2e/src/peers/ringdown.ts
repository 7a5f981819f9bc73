import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { checkoutRoot } from '@ringdown/testbed';

/** How a command line ended. */
export interface CommandRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An operator's terminal: runs the built `ringdown` against one API. */
export function ringdownAt(http: string, adminToken: string) {
  return (words: readonly string[], input = ''): Promise<CommandRun> =>
    new Promise((resolve) => {
      const program = join(checkoutRoot, 'cli', 'bin', 'ringdown.mjs');
      const env = { ...process.env, RINGDOWN_API_URL: http, RINGDOWN_ADMIN_TOKEN: adminToken };
      const child = execFile(process.execPath, [program, ...words], { env }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
      );
      child.stdin?.end(input);
    });
}
