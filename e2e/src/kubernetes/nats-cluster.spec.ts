import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NatsBus, ServiceError, silentLogger } from '@ringdown/platform';
import { canRunWith, freePorts } from '@ringdown/testbed';
import { findNatsServer } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestsFolder } from './render-overlay.js';

const password = 'password-of-the-tests';
const folder = mkdtempSync(join(tmpdir(), 'ringdown-nats-cluster-'));
const nodes = ['nats-0', 'nats-1', 'nats-2'] as const;
const clients = new Map<string, number>();
const monitors = new Map<string, number>();
const running = new Map<string, ChildProcess>();

/** The file of the manifests with ports and folders of this machine in the places of a pod's. */
function configuration(node: string, peers: ReadonlyMap<string, number>): string {
  const changes: readonly (readonly [pattern: RegExp, text: string])[] = [
    [/^port: 4222$/m, `port: ${clients.get(node)}`],
    [/^host: 0\.0\.0\.0$/m, 'host: 127.0.0.1'],
    [/0\.0\.0\.0:8222/, `127.0.0.1:${monitors.get(node)}`],
    [/\/run\/nats\/nats\.pid/, join(folder, `${node}.pid`)],
    [/store_dir: \/data/, `store_dir: ${join(folder, node)}`],
    [/ {2}host: 0\.0\.0\.0\n {2}port: 6222/, `  host: 127.0.0.1\n  port: ${peers.get(node)}`],
    ...nodes.map((peer) => [new RegExp(`${peer}\\.nats-peers:6222`), `127.0.0.1:${peers.get(peer)}`] as const),
  ];
  return changes.reduce(
    (text, [pattern, instead]) => {
      if (!pattern.test(text)) throw new Error(`nats.conf has no ${String(pattern)}`);
      return text.replace(pattern, instead);
    },
    readFileSync(join(manifestsFolder, 'base/nats/nats.conf'), 'utf8'),
  );
}

function start(node: string): void {
  const environment = { ...process.env, POD_NAME: node, NATS_PASSWORD: password };
  const config = join(folder, `${node}.conf`);
  running.set(node, spawn(findNatsServer() ?? '', ['--config', config], { stdio: 'ignore', env: environment }));
}

async function end(node: string): Promise<void> {
  const child = running.get(node);
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** What the readiness probe of the manifests would see. */
async function isReady(node: string): Promise<boolean> {
  const url = `http://127.0.0.1:${monitors.get(node)}/healthz?js-enabled-only=true`;
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

describe.runIf(canRunWith('nats-server'))('the NATS cluster of the manifests', () => {
  beforeAll(async () => {
    const peers = new Map<string, number>();
    const first = await freePorts(3 * nodes.length);
    nodes.forEach((node, index) => {
      for (const [kind, ports] of [peers, clients, monitors].entries()) ports.set(node, first + 3 * index + kind);
    });
    for (const node of nodes) {
      writeFileSync(join(folder, `${node}.conf`), configuration(node, peers));
      start(node);
    }
  });
  afterAll(async () => {
    await Promise.all(nodes.map(end));
    rmSync(folder, { recursive: true, force: true });
  });

  it('is ready as its probes see it', async () => {
    for (const node of nodes) await expect.poll(() => isReady(node), { timeout: 30_000 }).toBe(true);
  });

  it('keeps a stream and its consumer’s place when a node is killed', async () => {
    const url = (node: string) => `nats://ringdown:${password}@127.0.0.1:${clients.get(node)}`;
    const options = { name: 'test', replicas: 3, reconnectDelayMs: 50, logger: silentLogger() };
    const stream = { name: 'EVENTS', subjects: ['events.>'], maxAgeMs: 60_000 };
    const consumer = { stream: 'EVENTS', name: 'reader' };
    const writer = await NatsBus.connect({ ...options, url: url('nats-0') });
    const reader = await NatsBus.connect({ ...options, url: url('nats-1') });
    try {
      // The cluster has a leader for streams a moment after its nodes are ready.
      await expect
        .poll(() => writer.declareStream(stream).then(() => 'declared', reasonOf), { timeout: 20_000 })
        .toBe('declared');
      const read: string[] = [];
      const got = async ({ data }: { data: Uint8Array }) => void read.push(Buffer.from(data).toString());
      await reader.durableConsume(consumer, got);
      await writer.durablePublish('events.e', Buffer.from('before'), { id: 'before' });
      await expect.poll(() => read, { timeout: 10_000 }).toEqual(['before']);

      await end('nats-0');
      const published = () =>
        writer.durablePublish('events.e', Buffer.from('after'), { id: 'after' }).then(() => 'published', reasonOf);
      await expect.poll(published, { timeout: 30_000 }).toBe('published');
      await expect.poll(() => read, { timeout: 20_000 }).toEqual(['before', 'after']);

      start('nats-0');
      await expect.poll(() => isReady('nats-0'), { timeout: 30_000 }).toBe(true);
    } finally {
      await Promise.all([writer.close(), reader.close()]);
    }
  });

  it('lets nobody in without the password', async () => {
    const url = `nats://ringdown:wrong@127.0.0.1:${clients.get('nats-2')}`;
    await expect(NatsBus.connect({ url, name: 'test', logger: silentLogger() })).rejects.toMatchObject({
      code: 'invalid',
    });
  });
});

function reasonOf(error: unknown): string {
  return error instanceof ServiceError ? error.code : String(error);
}
