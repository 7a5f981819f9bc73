import { expect, it } from 'vitest';
import { request } from './testing/sip-text.js';
import { TransactionRig } from './testing/transaction-rig.js';

it('reads the request again after an answer, and has none any more once the user has let go of it', () => {
  const rig = new TransactionRig(false);
  const received = request({ method: 'OPTIONS' });
  rig.layer.receive(rig.now, received, rig.flow);
  const told = rig.effects.find((effect) => effect.type === 'request');
  if (told?.type !== 'request') throw new Error('the user is told of a request');
  const { transaction } = told;
  expect(transaction.request).toBe(received);
  rig.layer.respond(rig.now, transaction, 200, 'SIP/2.0 200 OK');
  expect(transaction.request).not.toBe(received);
  expect(transaction.request.raw).toBe(received.raw);
  transaction.releaseRequest();
  expect(() => transaction.request).toThrow('let go');
  expect(transaction.method).toBe('OPTIONS');
  rig.effects.length = 0;
  rig.layer.receive(rig.now, received, rig.flow);
  expect(rig.effects).toMatchObject([{ type: 'send', raw: 'SIP/2.0 200 OK' }]);
});
