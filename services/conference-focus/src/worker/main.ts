import { parentPort, workerData } from 'node:worker_threads';
import { holdMusic } from '@ringdown/media';
import { loadCodecs } from './audio-codecs.js';
import type { FromThread, ThreadOptions, ToThread } from './messages.js';
import { MixerThread } from './mixer-thread.js';

/** Where a thread begins: it mixes what it is told over its port, until it is told to stop. */
if (parentPort === null) throw new Error('This is the inside of a mixer thread; it has nobody to talk to');
const port = parentPort;
const ready = { music: holdMusic(), codecs: await loadCodecs() };
const thread = new MixerThread({ ...(workerData as ThreadOptions), ...ready }, (message: FromThread) => {
  port.postMessage(message);
  if (message.type === 'stopped') port.close();
});
port.on('message', (message: ToThread) => thread.handle(message));
port.postMessage({ type: 'ready' } satisfies FromThread);
