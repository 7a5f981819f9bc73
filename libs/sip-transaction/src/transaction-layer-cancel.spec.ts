import type { SipRequest } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { InviteClientTransaction } from './invite-client-transaction.js';
import { type RequestText, request, response, responseText, VIA } from './testing/sip-text.js';
import { type TestFlow, TransactionRig } from './testing/transaction-rig.js';
import type { ServerTransaction } from './transaction.js';
import { serverKey } from './transaction-key.js';

const NOTHING = { inviteClient: 0, inviteServer: 0, nonInviteClient: 0, nonInviteServer: 0 };

function receive(rig: TransactionRig, message: SipRequest): string[] {
  rig.layer.receive(rig.now, message, rig.flow);
  return rig.take();
}

/** The transaction that this request begins. */
function serverOf(rig: TransactionRig, message: SipRequest): ServerTransaction<TestFlow> {
  rig.layer.receive(rig.now, message, rig.flow);
  const effect = rig.effects.pop();
  if (effect?.type !== 'request') throw new Error('it began no transaction');
  return effect.transaction;
}

function via(branch: string, sentBy = 'pc33.atlanta.example.com:5060'): string {
  return `SIP/2.0/UDP ${sentBy};branch=${branch}`;
}

describe('a CANCEL that arrives (RFC 3261 §9.2)', () => {
  it.each<{ what: string; cancel: RequestText; finds: boolean }>([
    { what: 'the INVITE’s branch', cancel: {}, finds: true },
    { what: 'another branch', cancel: { via: via('z9hG4bKother') }, finds: false },
    { what: 'another sent-by', cancel: { via: via('z9hG4bK776asdhds', 'elsewhere.example.com') }, finds: false },
  ])('with $what: names the INVITE’s transaction: $finds', ({ cancel, finds }) => {
    const rig = new TransactionRig(false);
    const invite = serverOf(rig, request());
    const message = request({ method: 'CANCEL', ...cancel });
    rig.layer.receive(rig.now, message, rig.flow);
    expect(rig.effects).toHaveLength(1);
    const [effect] = rig.effects;
    if (effect?.type !== 'cancel') throw new Error('no cancel');
    expect(effect.cancelled).toBe(finds ? invite : undefined);
    expect(rig.layer.findInviteServer(serverKey(message))).toBe(finds ? invite : undefined);
    expect(effect.transaction).not.toBe(invite);
    rig.layer.respond(rig.now, effect.transaction, 200, responseText(message, 200));
    rig.effects.length = 0;
    expect(receive(rig, message)).toEqual(['send 200']);
    expect(invite.state).toBe('proceeding');
  });
});

describe('cancelling an INVITE (RFC 3261 §9.1)', () => {
  const routed = request({
    headers: ['Route: <sip:ss1.example.com;lr>', 'Route: <sip:ss2.example.com;lr>', 'Proxy-Require: x'],
  });

  function calling(rig: TransactionRig, ...statusCodes: number[]): InviteClientTransaction<TestFlow> {
    const transaction = rig.layer.startClient(rig.now, routed, rig.flow);
    for (const statusCode of statusCodes) rig.layer.receive(rig.now, response(routed, statusCode), rig.flow);
    rig.effects.length = 0;
    return transaction as InviteClientTransaction<TestFlow>;
  }

  it.each([
    { after: [], result: 'awaiting-provisional', effects: [] },
    { after: [100], result: 'sent', effects: ['send CANCEL'] },
    { after: [180, 183], result: 'sent', effects: ['send CANCEL'] },
    { after: [200], result: 'ignored-final', effects: [] },
    { after: [486], result: 'ignored-final', effects: [] },
  ])('after $after: $result', ({ after, result, effects }) => {
    const rig = new TransactionRig(false);
    const transaction = calling(rig, ...after);
    expect(rig.layer.cancel(rig.now, transaction)).toBe(result);
    expect(rig.take()).toEqual(effects);
  });

  it.each([
    { arriving: 100, effects: ['response 100', 'send CANCEL'] },
    { arriving: 183, effects: ['response 183', 'send CANCEL'] },
    { arriving: 200, effects: ['response 200'] },
    { arriving: 486, effects: ['send ACK', 'response 486'] },
  ])('while Calling, and then a $arriving comes: $effects', ({ arriving, effects }) => {
    const rig = new TransactionRig(false);
    const transaction = calling(rig);
    rig.layer.cancel(rig.now, transaction);
    rig.layer.receive(rig.now, response(routed, arriving), rig.flow);
    expect(rig.take()).toEqual(effects);
    rig.layer.receive(rig.now, response(routed, 180), rig.flow);
    expect(rig.take()).not.toContain('send CANCEL');
  });

  it('writes the CANCEL of §9.1 with what the caller adds, and sends it once', () => {
    const rig = new TransactionRig(false);
    const transaction = calling(rig, 180);
    rig.layer.cancel(rig.now, transaction, [['Reason', 'SIP;cause=200;text="Call completed elsewhere"']]);
    const [effect] = rig.effects;
    if (effect?.type !== 'send') throw new Error('nothing was sent');
    const cancel = effect.transaction.request;
    expect(effect.raw).toBe(cancel.raw);
    expect(effect.transaction.kind).toBe('non-invite-client');
    expect(cancel).toMatchObject({
      method: 'CANCEL',
      requestUri: routed.requestUri,
      callId: routed.callId,
      toTag: undefined,
    });
    expect(cancel.cseq).toMatchObject({ number: routed.cseq.number, method: 'CANCEL' });
    expect(cancel.fromTag).toBe(routed.fromTag);
    expect(cancel.named('Via')).toEqual([VIA]);
    expect(cancel.named('Route')).toEqual(['<sip:ss1.example.com;lr>', '<sip:ss2.example.com;lr>']);
    expect(cancel.named('Reason')).toEqual(['SIP;cause=200;text="Call completed elsewhere"']);
    // RFC 3261 §9.1: a CANCEL MUST NOT contain Require or Proxy-Require.
    expect(cancel.named('Proxy-Require')).toEqual([]);
    expect(rig.layer.cancel(rig.now, transaction)).toBe('ignored-repeated');
  });

  it('is a transaction of its own beside the INVITE’s', () => {
    const rig = new TransactionRig(false);
    const transaction = calling(rig, 180);
    rig.layer.cancel(rig.now, transaction);
    expect(rig.layer.size).toEqual({ ...NOTHING, inviteClient: 1, nonInviteClient: 1 });
    rig.take();
    rig.layer.receive(rig.now, response(request({ method: 'CANCEL' }), 200), rig.flow);
    expect(rig.take()).toEqual(['response 200']);
    expect(transaction.state).toBe('proceeding');
    rig.layer.receive(rig.now, response(routed, 487), rig.flow);
    expect(rig.take()).toEqual(['send ACK', 'response 487']);
    rig.pass(40_000);
    expect(rig.layer.size).toEqual(NOTHING);
    expect(rig.wheel.size).toBe(0);
  });

  it('leaves an INVITE that the CANCEL doesn’t end to be abandoned; what comes then is stray', () => {
    const rig = new TransactionRig(false);
    const transaction = calling(rig, 180);
    rig.layer.cancel(rig.now, transaction);
    rig.pass(32_000);
    rig.take();
    expect(rig.layer.abandon(rig.now, transaction)).toBe(true);
    expect(rig.layer.abandon(rig.now, transaction)).toBe(false);
    expect(rig.take()).toEqual(['terminated']);
    rig.layer.receive(rig.now, response(routed, 487), rig.flow);
    expect(rig.take()).toEqual(['strayResponse 487']);
    expect(rig.layer.size).toEqual(NOTHING);
  });
});
