import { NatsBus, ServiceError, silentLogger } from '@ringdown/platform';
import { canRunWith } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NatsNodes, natsNodeNames } from './nats-nodes.js';

let nats: NatsNodes;
/** Each has a stream of its own. */
let tries = 0;

describe.runIf(canRunWith('nats-server'))('the NATS cluster of the manifests', () => {
  beforeAll(async () => {
    nats = await NatsNodes.start('password-of-the-tests');
  });
  afterAll(() => nats?.stop());

  it('is ready as its probes see it', async () => {
    for (const node of natsNodeNames) await expect.poll(() => nats.isReady(node), { timeout: 30_000 }).toBe(true);
  });

  it('keeps a stream and its consumer’s place when a node is killed', { timeout: 120_000 }, async () => {
    const options = { name: 'test', replicas: 3, reconnectDelayMs: 50, logger: silentLogger() };
    tries += 1;
    const stream = { name: `EVENTS${tries}`, subjects: [`events${tries}.>`], maxAgeMs: 60_000 };
    const subject = `events${tries}.e`;
    // What was on its way when a node died is delivered again after so long.
    const consumer = { stream: stream.name, name: 'reader', ackTimeoutMs: 5_000 };
    const writer = await NatsBus.connect({ ...options, url: nats.url('nats-0') });
    const reader = await NatsBus.connect({ ...options, url: nats.url('nats-1') });
    try {
      // The cluster has a leader for streams a moment after its nodes are ready.
      const declared = () => writer.declareStream(stream).then(() => 'declared', reasonOf);
      await expect.poll(declared, { timeout: 20_000 }).toBe('declared');
      const read: string[] = [];
      await reader.durableConsume(consumer, async ({ data }) => void read.push(Buffer.from(data).toString()));
      await writer.durablePublish(subject, Buffer.from('before'), { id: 'before' });
      await expect.poll(() => read, { timeout: 10_000 }).toEqual(['before']);

      await nats.kill('nats-0');
      try {
        const published = () =>
          writer.durablePublish(subject, Buffer.from('after'), { id: 'after' }).then(() => 'published', reasonOf);
        await expect.poll(published, { timeout: 30_000 }).toBe('published');
        await expect.poll(() => read, { timeout: 40_000 }).toEqual(['before', 'after']);
      } finally {
        nats.begin('nats-0');
        await expect.poll(() => nats.isReady('nats-0'), { timeout: 30_000 }).toBe(true);
      }
    } finally {
      await Promise.all([writer.close(), reader.close()]);
    }
  });

  it('lets nobody in without the password', async () => {
    const connecting = NatsBus.connect({ url: nats.url('nats-2', 'wrong'), name: 'test', logger: silentLogger() });
    await expect(connecting).rejects.toMatchObject({ code: 'invalid' });
  });
});

function reasonOf(error: unknown): string {
  return error instanceof ServiceError ? error.code : String(error);
}
