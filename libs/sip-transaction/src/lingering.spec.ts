import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseMessage } from '@ringdown/sip-message';
import { expect, it } from 'vitest';
import { TransactionRig } from './testing/transaction-rig.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const BODY_BYTES = 50_000;
const TRANSACTIONS = 400;

it.each(['INVITE', 'MESSAGE'])('a %s that is answered and let go of keeps no part of its datagram', (method) => {
  const rig = new TransactionRig(false);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let number = 0; number < TRANSACTIONS; number++) {
    // As it comes from a socket: one string, of which all that is read are slices.
    const datagram = Buffer.from(
      `${method} sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP phone-with-a-long-name.example.com:5060;branch=z9hG4bK-of-some-length-${number}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\nCall-ID: c${number}\r\nCSeq: 1 ${method}\r\nContent-Length: ${BODY_BYTES}\r\n\r\n${'x'.repeat(BODY_BYTES)}`,
    ).toString('latin1');
    const request = parseMessage(datagram);
    if (request.kind !== 'request') throw new Error('what is sent here is a request');
    rig.layer.receive(rig.now, request, rig.flow);
    const told = rig.effects.find((effect) => effect.type === 'request');
    if (told?.type !== 'request') throw new Error('the user is told of each request');
    rig.layer.respond(rig.now, told.transaction, 200, 'SIP/2.0 200 OK');
    told.transaction.releaseRequest();
    rig.effects.length = 0;
  }
  collectGarbage();
  const { inviteServer, nonInviteServer } = rig.layer.size;
  expect(inviteServer + nonInviteServer).toBe(TRANSACTIONS);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan((TRANSACTIONS * BODY_BYTES) / 10);
});
