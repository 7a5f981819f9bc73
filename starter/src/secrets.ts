import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SealKey, Settings } from '@ringdown/platform';
import { StartProblem } from './start-problem.js';

/** What the platform keeps to itself. Each comes from its setting, or was generated at the first start and kept beside the data. */
export interface Secrets {
  readonly adminToken: string;
  readonly sealKeys: readonly SealKey[];
  readonly traceKey: string;
}

interface Stored {
  readonly adminToken: string;
  readonly sealKey: string;
  readonly traceKey: string;
}

/** Reads the secrets of a data folder, making them at the first start. Throws StartProblem when the file is damaged. */
export function loadSecrets(folder: string, settings: Settings): Secrets {
  const file = join(folder, 'secrets.json');
  const stored = read(file) ?? generate(file);
  return {
    adminToken: settings.adminToken ?? stored.adminToken,
    sealKeys: settings.sealKeys ?? [{ id: 0, key: Buffer.from(stored.sealKey, 'base64') }],
    traceKey: settings.traceKey ?? stored.traceKey,
  };
}

function read(file: string): Stored | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartProblem(`${file} can't be read (${(error as Error).message}).`);
  }
  try {
    const { adminToken, sealKey, traceKey } = JSON.parse(text) as Partial<Stored>;
    if (typeof adminToken === 'string' && typeof sealKey === 'string' && typeof traceKey === 'string')
      return { adminToken, sealKey, traceKey };
  } catch {
    // Told below, with what to do.
  }
  throw new StartProblem(
    `${file} is damaged. Remove it and new keys are made; calls in progress then lose their routes.`,
  );
}

function generate(file: string): Stored {
  const made: Stored = {
    adminToken: randomBytes(24).toString('base64url'),
    sealKey: randomBytes(32).toString('base64'),
    traceKey: randomBytes(24).toString('base64url'),
  };
  writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return made;
}
