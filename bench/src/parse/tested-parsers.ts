import type { TestedParser } from './tested-parser.js';

/** Each is loaded on its own, so that a process holds one library. */
const LOADERS = {
  ringdown: async () => (await import('./ringdown-parser.js')).ringdownParser,
  jssip: async () => (await import('./jssip-parser.js')).jssipParser,
  'sip.js': async () => (await import('./sipjs-parser.js')).sipjsParser,
  sip: async () => (await import('./sip-package-parser.js')).sipPackageParser,
} as const satisfies Record<string, () => Promise<TestedParser>>;

export type LibraryName = keyof typeof LOADERS;

export const LIBRARIES = Object.keys(LOADERS) as readonly LibraryName[];

export function loadParser(library: LibraryName): Promise<TestedParser> {
  return LOADERS[library]();
}
