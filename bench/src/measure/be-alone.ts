import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** In the kernel's abstract namespace (unix(7)): it is gone with the process that has it, however that ends. */
const place = '\0ringdown-bench';
const pollMs = 1_000;

/** Resolves when no other benchmark runs on this machine, and keeps others waiting until this process ends: two would measure each other. */
export async function beAlone(say: (line: string) => void, name: string = place): Promise<void> {
  for (let attempt = 0; !(await taken(name)); attempt += 1) {
    if (attempt === 0) say('another benchmark is running on this machine; waiting for it to end');
    await delay(pollMs);
  }
}

/** Takes the place, if nobody has it. */
async function taken(name: string): Promise<boolean> {
  const server = createServer().listen(name);
  try {
    await once(server, 'listening');
    server.unref();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
