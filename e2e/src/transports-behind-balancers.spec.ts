import { canRunField, canRunWith } from '@ringdown/testbed';
import { describe } from 'vitest';
import { everyPair } from './transports/every-pair.js';
import { behindNat, behindTheBalancer } from './transports/field-places.js';

const canRun = canRunField() && canRunWith('baresip', 'chromium', 'rtpengine');

describe.runIf(canRun)('phones behind the balancer', () => {
  everyPair(behindTheBalancer);
});

describe.runIf(canRun)('phones behind NAT', () => {
  everyPair(behindNat);
});
