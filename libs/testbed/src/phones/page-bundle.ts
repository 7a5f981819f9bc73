import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { checkoutRoot } from '../checkout-root.js';

let bundled: Promise<string> | undefined;

/** The script of a page that is a phone, with JsSIP and all that it needs; made once per process. */
export function pageBundle(): Promise<string> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<string> {
  const build = await rolldown({
    input: join(checkoutRoot, 'libs', 'testbed', 'page', 'phone.ts'),
    platform: 'browser',
    logLevel: 'silent',
    // The page imports by the names that compiled files have, as every source here does.
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  try {
    const { output } = await build.generate({ format: 'iife' });
    return output[0].code;
  } finally {
    await build.close();
  }
}
