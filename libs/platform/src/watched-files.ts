import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ServiceError } from './service-error.js';

export interface WatchedFilesOptions {
  /** The setting that names each file, for a message. */
  readonly files: Readonly<Record<string, string>>;
  /** Told of new contents, by setting. What it throws is told to `failed`, and the contents are not offered again until they change. */
  readonly changed: (contents: Readonly<Record<string, Buffer>>) => void;
  /** Told why the new contents can't be used; the ones before stay in force. */
  readonly failed: (error: unknown) => void;
  readonly intervalMs?: number;
}

const defaultIntervalMs = 2_000;

/**
 * Files that are read again while the process runs. They are read, not watched: a mounted secret changes by a link somewhere above it, of which the
 * kernel tells nobody who watches the file.
 */
export class WatchedFiles {
  /** What the files held at the start. */
  readonly first: Readonly<Record<string, Buffer>>;
  readonly #options: WatchedFilesOptions;
  readonly #timer: NodeJS.Timeout;
  #seen: Readonly<Record<string, Buffer>>;
  #reading = false;
  #unreadable = false;

  /** Throws a ServiceError that names the setting when a file can't be read. */
  constructor(options: WatchedFilesOptions) {
    this.#options = options;
    this.first = readAll(options.files);
    this.#seen = this.first;
    this.#timer = setInterval(() => void this.check(), options.intervalMs ?? defaultIntervalMs);
    this.#timer.unref();
  }

  /** Reads the files now. */
  async check(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      const names = Object.keys(this.#options.files);
      const contents = await Promise.all(names.map((name) => readFile(this.#options.files[name] ?? '')));
      this.#unreadable = false;
      const read = Object.fromEntries(names.map((name, index) => [name, contents[index] as Buffer]));
      if (names.every((name) => this.#seen[name]?.equals(read[name] as Buffer))) return;
      this.#seen = read;
      this.#options.changed(read);
    } catch (error) {
      // Once: a file that is away is asked for again every time.
      if (!this.#unreadable) this.#options.failed(error);
      this.#unreadable = (error as NodeJS.ErrnoException).code !== undefined && !(error instanceof ServiceError);
    } finally {
      this.#reading = false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function readAll(files: Readonly<Record<string, string>>): Readonly<Record<string, Buffer>> {
  const contents: Record<string, Buffer> = {};
  for (const [name, path] of Object.entries(files)) {
    try {
      contents[name] = readFileSync(path);
    } catch (error) {
      throw new ServiceError('invalid', `${name} is ${path}, which can't be read (${(error as Error).message}).`, {
        setting: name,
      });
    }
  }
  return contents;
}
