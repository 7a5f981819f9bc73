import { type Logger, type SealKey, SealKeyFile, type Settings } from '@ringdown/platform';
import type { Started } from './process-parts.js';

/** The keys that seal, and word of others where they can change. */
export interface SealKeySource {
  readonly sealKeys: readonly SealKey[];
  readonly onSealKeys?: (changed: (keys: readonly SealKey[]) => void) => void;
}

/** The keys of RINGDOWN_SEAL_KEYS_FILE, or, without one, these. Throws a ServiceError when the file can't be used. */
export function sealKeySource(
  { sealKeysFile }: Settings,
  otherwise: readonly SealKey[],
  logger: Logger,
  started: Started,
): SealKeySource {
  if (sealKeysFile === undefined) return { sealKeys: otherwise };
  const file = new SealKeyFile({ path: sealKeysFile, logger });
  started.keep({ name: 'seal keys', drain: async () => {}, stop: async () => file.close() });
  return { sealKeys: file.keys, onSealKeys: (changed) => file.onChange(changed) };
}
