import { canRunWith } from '@ringdown/testbed';
import { describe } from 'vitest';
import { edgesApart } from './transports/edges-apart.js';
import { everyPair } from './transports/every-pair.js';

describe.runIf(canRunWith('baresip', 'chromium', 'nats-server', 'rtpengine'))(
  'phones at two edges on one machine',
  () => {
    everyPair(edgesApart);
  },
);
