import type { Logger } from './logger.js';
import { ServiceError } from './service-error.js';
import { parseSealKeys, type SealKey } from './setting-values.js';
import { WatchedFiles } from './watched-files.js';

export interface SealKeyFileOptions {
  readonly path: string;
  readonly logger: Logger;
  /** How long a key that was not known before only opens, so that every edge knows it when the first one seals with it. Default: two minutes. */
  readonly learnMs?: number;
  readonly intervalMs?: number;
}

const setting = 'RINGDOWN_SEAL_KEYS_FILE';
/** A mounted secret reaches the last of its pods a minute or more after the first. */
const defaultLearnMs = 120_000;

/**
 * The keys of RINGDOWN_SEAL_KEYS_FILE, read again while the process runs. A file that can't be used leaves the keys as they are, and the log says why.
 */
export class SealKeyFile {
  readonly #files: WatchedFiles;
  readonly #learnMs: number;
  readonly #listeners: ((keys: readonly SealKey[]) => void)[] = [];
  #keys: readonly SealKey[];
  #learning: NodeJS.Timeout | undefined;

  /** Throws a ServiceError when the file can't be read or holds no keys. */
  constructor({ path, logger, learnMs = defaultLearnMs, intervalMs }: SealKeyFileOptions) {
    this.#learnMs = learnMs;
    this.#files = new WatchedFiles({
      files: { [setting]: path },
      changed: (contents) => {
        this.#change(keysIn(contents));
        logger.info('the seal keys have changed', { ids: this.#keys.map(({ id }) => id) });
      },
      failed: (error) => logger.warn('the seal keys stay as they are', { error }),
      ...(intervalMs === undefined ? {} : { intervalMs }),
    });
    try {
      this.#keys = keysIn(this.#files.first);
    } catch (error) {
      this.#files.close();
      throw error;
    }
  }

  /** The first seals, all of them open. */
  get keys(): readonly SealKey[] {
    return this.#keys;
  }

  /** Has `changed` called with the keys whenever they are others. */
  onChange(changed: (keys: readonly SealKey[]) => void): void {
    this.#listeners.push(changed);
  }

  /** Reads the file now. */
  check(): Promise<void> {
    return this.#files.check();
  }

  close(): void {
    this.#files.close();
    clearTimeout(this.#learning);
  }

  #change(keys: readonly SealKey[]): void {
    const known = new Map(this.#keys.map((key) => [key.id, key]));
    const reused = keys.find(({ id, key }) => known.get(id)?.key.equals(key) === false);
    if (reused !== undefined)
      throw new ServiceError(
        'invalid',
        `${setting} gives another key to the id ${reused.id}: a new key needs an id of its own.`,
      );
    clearTimeout(this.#learning);
    const [first] = keys;
    const sealing = this.#keys[0];
    const isNew = first !== undefined && !known.has(first.id);
    const present = keys.find(({ id }) => id === sealing?.id);
    if (isNew && present !== undefined) {
      this.#tell([present, ...keys.filter((key) => key !== present)]);
      this.#learning = setTimeout(() => this.#tell(keys), this.#learnMs);
      this.#learning.unref();
    } else this.#tell(keys);
  }

  #tell(keys: readonly SealKey[]): void {
    this.#keys = keys;
    for (const changed of this.#listeners) changed(keys);
  }
}

function keysIn(contents: Readonly<Record<string, Buffer>>): readonly SealKey[] {
  const keys = parseSealKeys((contents[setting] ?? Buffer.alloc(0)).toString('latin1'));
  if (keys !== undefined) return keys;
  throw new ServiceError(
    'invalid',
    `The file of ${setting} must hold a list of id:key, separated by commas or lines, the ids from 0 to 255 and no two alike, the keys 16 or 32 bytes in base64.`,
    { setting },
  );
}
