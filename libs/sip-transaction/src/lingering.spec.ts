import { parseMessage } from '@ringdown/sip-message';
import { heldBytes, heldMessages, heldNothing } from '@ringdown/sip-message/held-bytes';
import { expect, it } from 'vitest';
import { requestText } from './testing/sip-text.js';
import { TransactionRig } from './testing/transaction-rig.js';

it.each(['INVITE', 'MESSAGE'])('a %s that is answered and let go of keeps no part of its datagram', (method) => {
  const rig = new TransactionRig(false);
  const held = heldBytes((part, number) => {
    const via = `SIP/2.0/UDP phone.example.com:5060;branch=z9hG4bK-of-some-length-${number}`;
    const text = requestText({ method, via, headers: [`Subject: ${part.repeat(1_000)}`] });
    // As it comes from a socket: one string, of which all that is read are slices.
    const received = parseMessage(Buffer.from(text).toString('latin1'));
    if (received.kind !== 'request') throw new Error('what is sent here is a request');
    rig.layer.receive(rig.now, received, rig.flow);
    const told = rig.effects.find((effect) => effect.type === 'request');
    if (told?.type !== 'request') throw new Error('the user is told of each request');
    rig.layer.respond(rig.now, told.transaction, 200, 'SIP/2.0 200 OK');
    told.transaction.releaseRequest();
    rig.effects.length = 0;
  });
  const { inviteServer, nonInviteServer } = rig.layer.size;
  expect(inviteServer + nonInviteServer).toBe(heldMessages);
  expect(held).toBeLessThan(heldNothing);
});
