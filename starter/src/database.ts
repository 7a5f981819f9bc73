import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger, RunningService, Settings } from '@ringdown/platform';
import { postgresAccount } from './embedded-postgres/account.js';
import { locateBinaries } from './embedded-postgres/binaries.js';
import { chooseDataDirectory, claimDataDirectory } from './embedded-postgres/data-directory.js';
import { endLeftoverPostgres } from './embedded-postgres/leftover.js';
import { startPostgres } from './embedded-postgres/postmaster.js';
import { loadSecrets, type Secrets } from './secrets.js';

/** Where the tables and the secrets are. */
export interface Database {
  readonly url: string;
  /** For a person. */
  readonly description: string;
  /** Where what the platform keeps beside its tables is. */
  readonly folder: string;
  readonly secrets: Secrets;
  readonly service: RunningService;
}

/** What every user of this machine may enter: for a checkout that lies below a closed folder. */
const sharedFolder = '/var/lib/ringdown';

/**
 * The Postgres of the setting, or one that is started on the data folder and belongs to this process. Throws StartProblem in words when the
 * folder can't be had or Postgres doesn't start.
 */
export async function openDatabase(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  logger: Logger,
): Promise<Database> {
  const asked = environment['RINGDOWN_DATA_DIR'] || undefined;
  if (settings.postgresUrl !== undefined) {
    const folder = resolve(asked ?? settings.dataDir);
    mkdirSync(folder, { recursive: true });
    return {
      url: settings.postgresUrl,
      description: `${folder} (keys), RINGDOWN_POSTGRES_URL (tables)`,
      folder,
      secrets: loadSecrets(folder, settings),
      service: { name: 'postgres', drain: async () => {}, stop: async () => {} },
    };
  }
  const account = postgresAccount();
  const path = chooseDataDirectory(asked, account, sharedFolder, process.cwd());
  const directory = claimDataDirectory(path, account);
  try {
    // Read before Postgres runs, so that damaged ones don't leave it behind.
    const secrets = loadSecrets(directory.path, settings);
    const ended = await endLeftoverPostgres(directory.clusterPath);
    if (ended !== undefined) logger.warn('ended the Postgres that an earlier start had left', { pid: ended });
    const postgres = await startPostgres({
      binaries: locateBinaries(account, sharedFolder),
      clusterPath: directory.clusterPath,
      account,
      died: (message) => logger.error(message),
    });
    return {
      url: postgres.url,
      description: directory.path,
      folder: directory.path,
      secrets,
      service: {
        name: 'postgres',
        drain: async () => {},
        stop: async () => {
          await postgres.stop();
          directory.release();
        },
      },
    };
  } catch (error) {
    directory.release();
    throw error;
  }
}
