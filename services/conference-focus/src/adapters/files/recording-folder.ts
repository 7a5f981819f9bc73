import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@ringdown/platform';
import type { Recordings } from '../../ports/recordings.js';

export interface RecordingFolderOptions {
  /** A folder in it for each tenant, and there one for each room, is made when it is needed. */
  readonly folder: string;
  readonly logger: Pick<Logger, 'error'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Recordings as WAV files: `<folder>/<tenant>/<room>/2026-11-02T120000.000Z-<conference>.wav`. */
export class RecordingFolder implements Recordings {
  readonly #options: RecordingFolderOptions;

  constructor(options: RecordingFolderOptions) {
    this.#options = options;
  }

  async path(tenantId: string, room: string, conferenceId: string): Promise<string> {
    // A room may be called `..`, and is still a folder of its tenant.
    const folder = join(this.#options.folder, tenantId, /^\.+$/.test(room) ? `_${room}` : room);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const time = new Date(this.#options.now()).toISOString().replaceAll(':', '');
    return join(folder, `${time}-${conferenceId}.wav`);
  }

  failed(tenantId: string, room: string, conferenceId: string, reason: string): void {
    const where = { tenantId, room, conferenceId, reason };
    this.#options.logger.error('a conference that must be recorded is not: it is tried again', where);
  }
}
