import { canRunWith } from '@ringdown/testbed';
import { afterAll, beforeAll, describe } from 'vitest';
import { aimingAttacks } from './attacks/aiming.js';
import { type Attacked, startAttacked } from './attacks/attacked.js';
import { digestAttacks } from './attacks/digests.js';
import { podAttacks } from './attacks/pods.js';
import { tokenAttacks } from './attacks/tokens.js';
import { wireAttacks } from './attacks/wires.js';

let running: Attacked | undefined;

function attacked(): Attacked {
  if (running === undefined) throw new Error('the platform was not started');
  return running;
}

describe.runIf(canRunWith('nats-server'))('what strangers try', () => {
  beforeAll(async () => {
    running = await startAttacked();
  }, 90_000);
  afterAll(() => running?.stop());

  tokenAttacks(attacked);
  digestAttacks(attacked);
  aimingAttacks(attacked);
  wireAttacks(attacked);
  podAttacks(attacked);
});
