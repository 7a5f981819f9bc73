import { join } from 'node:path';

/** The checkout's own folder, from a source as from what was built of it. */
export const checkoutRoot = join(import.meta.dirname, '..', '..', '..');
