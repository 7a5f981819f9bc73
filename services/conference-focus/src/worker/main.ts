import { parentPort, workerData } from 'node:worker_threads';
import { holdMusic } from '@ringdown/media';
import { loadCodecs } from './audio-codecs.js';
import type { FromThread, ThreadOptions, ToThread } from './messages.js';
import { MixerThread } from './mixer-thread.js';
import { SocketBatch } from './socket-batch.js';

/** Where a thread begins: it mixes what it is told over its port, until it is told to stop. */
if (parentPort === null) throw new Error('This is the inside of a mixer thread; it has nobody to talk to');
const port = parentPort;
const options = workerData as ThreadOptions;
const batch = options.udp === 'dgram' ? undefined : SocketBatch.begin();
if (batch === undefined && options.udp === 'batched')
  throw new Error(
    "RINGDOWN_UDP asks for sockets in batches, and the add-on for media isn't built: it takes a C compiler (Debian: gcc libc6-dev)",
  );
const ready = { music: holdMusic(), codecs: await loadCodecs(), batch };
const thread = new MixerThread({ ...options, ...ready }, (message: FromThread) => {
  port.postMessage(message);
  if (message.type === 'stopped') port.close();
});
port.on('message', (message: ToThread) => thread.handle(message));
port.postMessage({ type: 'ready' } satisfies FromThread);
