import type { TestedParser } from './tested-parser.ts';

/** Each is loaded on its own, so that a process holds one library. */
const LOADERS = {
  ringdown: async () => (await import('./ringdown-parser.ts')).ringdownParser,
  jssip: async () => (await import('./jssip-parser.ts')).jssipParser,
  'sip.js': async () => (await import('./sipjs-parser.ts')).sipjsParser,
  sip: async () => (await import('./sip-package-parser.ts')).sipPackageParser,
} as const satisfies Record<string, () => Promise<TestedParser>>;

export type LibraryName = keyof typeof LOADERS;

export const LIBRARIES = Object.keys(LOADERS) as readonly LibraryName[];

export function loadParser(library: LibraryName): Promise<TestedParser> {
  return LOADERS[library]();
}
