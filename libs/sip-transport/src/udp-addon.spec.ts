import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { BatchedUdpPort } from './batched-udp-port.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { udpAddon } from './testing/udp-kinds.js';

const addon = fileURLToPath(new URL('../dist-native/batched-udp.node', import.meta.url));

/** Opens a port, says which, and runs `onBatch` for every batch. */
function portInWorker(onBatch: string): Worker {
  return new Worker(
    `const { parentPort } = require('node:worker_threads');
    const addon = require(${JSON.stringify(addon)});
    const options = { host: '127.0.0.1', port: 0, ipv6: false, reusePort: false, receiveBufferBytes: 65536, sendBufferBytes: 65536, gatherMs: 1, gatherFrom: 1 };
    const { handle, area, port } = addon.open(options, () => {
      const control = new Int32Array(area, addon.layout.control, 4);
      control[1] = control[0];
      ${onBatch}
    });
    parentPort.postMessage(port);`,
    { eval: true },
  );
}

// With CI=true another spec fails where the add-on is missing.
describe.runIf(udpAddon !== undefined)('the UDP add-on in a worker thread', () => {
  it.each([
    { onBatch: "parentPort.postMessage('busy')", how: 'is terminated from outside while datagrams come' },
    { onBatch: 'process.exit(0)', how: 'ends itself within a batch' },
    { onBatch: "throw new Error('a bug')", how: 'throws within a batch' },
    { onBatch: 'addon.close(handle)', how: 'closes its port within a batch and runs out of work' },
    {
      onBatch: "addon.close(handle); addon.close(handle); parentPort.postMessage('busy')",
      how: 'closes its port twice',
    },
    { onBatch: "for (;;) parentPort.postMessage('busy')", how: 'is terminated while it handles a batch' },
  ])('frees the address when the thread $how', async ({ onBatch }) => {
    const worker = portInWorker(onBatch);
    const failed: unknown[] = [];
    worker.on('error', (error) => failed.push(error));
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const [port] = (await once(worker, 'message')) as [number];
    const phone = createSocket('udp4');
    const flood = setInterval(() => phone.send('a datagram', port, '127.0.0.1'), 1);
    try {
      if (onBatch.includes('busy')) {
        await once(worker, 'message');
        await worker.terminate();
      }
      await ended;
    } finally {
      clearInterval(flood);
      phone.close();
    }
    expect(failed).toHaveLength(onBatch.includes('throw') ? 1 : 0);
    const again = BatchedUdpPort.open(udpAddon!, { host: '127.0.0.1', port, events: new RecordedEvents() });
    expect(again.address.port).toBe(port);
    await again.close();
  });
});
