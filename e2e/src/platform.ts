import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, checkoutRoot, nodeOptions, startChild } from '@ringdown/testbed';

/** A platform that runs in a process of its own, on any free ports and an empty data folder. */
export interface Platform {
  readonly child: Child;
  /** `127.0.0.1:port` of SIP. */
  readonly sip: string;
  /** `http://127.0.0.1:port`. */
  readonly http: string;
  readonly adminToken: string;
  readonly dataDir: string;
  stop(): Promise<void>;
}

/** Starts the built platform and resolves when its banner is there. `environment` adds to what chooses free ports. */
export async function startPlatform(environment: NodeJS.ProcessEnv = {}): Promise<Platform> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ringdown-e2e-'));
  chmodSync(dataDir, 0o755);
  const child = startChild(process.execPath, [...nodeOptions, join(checkoutRoot, 'starter', 'dist', 'main.js')], {
    cwd: checkoutRoot,
    env: {
      ...process.env,
      RINGDOWN_SIP_PORT: '0',
      RINGDOWN_HTTP_PORT: '0',
      RINGDOWN_DATA_DIR: dataDir,
      ...environment,
    },
  });
  const [, sip = ''] = await child.printed(/^ {2}SIP\s+(\S+)/m, 60_000);
  const [, http = ''] = await child.printed(/HTTP\s+(\S+)/);
  const [, adminToken = ''] = await child.printed(/Key\s+(\S+)/);
  await child.printed(/Ctrl-C stops it/);
  return {
    child,
    sip,
    http,
    adminToken,
    dataDir,
    stop: async () => {
      await child.end();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
