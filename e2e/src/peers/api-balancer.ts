import { join } from 'node:path';
import { checkoutRoot, freePorts, type ServicesApart, startChild } from '@ringdown/testbed';

const startMs = 10_000;

/** deploy/load-balancers/api.cfg in front of services that run apart. */
export interface ApiBalancer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it before these services, the first of each name. Resolves when every one of them is behind it. */
export async function startApiBalancer(apart: ServicesApart): Promise<ApiBalancer> {
  const listen = `127.0.0.1:${await freePorts(1)}`;
  const file = join(checkoutRoot, 'deploy', 'load-balancers', 'api.cfg');
  const env = {
    ...process.env,
    API_LISTEN: listen,
    API_ACCOUNTING: apart.accountings[0]?.http,
    API_CONFERENCES: apart.focuses[0]?.http,
    API_DIRECTORY: apart.directory.http,
    API_EDGES: apart.edges[0]?.http,
    API_LOCATION: apart.locations[0]?.http,
  };
  const haproxy = startChild('haproxy', ['-db', '-f', file], { env });
  const url = `http://${listen}`;
  const deadline = performance.now() + startMs;
  while (!(await answers(url))) {
    if (performance.now() > deadline || haproxy.process.exitCode !== null) {
      await haproxy.end('SIGKILL');
      throw new Error(`haproxy does not serve the API; it printed:\n${haproxy.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, stop: () => haproxy.end('SIGKILL') };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}
