import type { SipRequest } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
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

function refuse(rig: TransactionRig, invite: SipRequest): void {
  rig.layer.respond(rig.now, serverOf(rig, invite), 486, responseText(invite, 486));
  rig.effects.length = 0;
}

function via(branch: string, sentBy = 'pc33.atlanta.example.com:5060'): string {
  return `SIP/2.0/UDP ${sentBy};branch=${branch}`;
}

describe('matching a request to a server transaction (RFC 3261 §17.2.3)', () => {
  it.each<{ what: string; second: RequestText; effects: string[] }>([
    { what: 'the same INVITE', second: {}, effects: [] },
    {
      what: 'the same branch, all else different',
      second: { callId: 'x', cseq: 1, fromTag: 'x', requestUri: 'sip:x@x.example.com' },
      effects: [],
    },
    { what: 'a Via parameter more', second: { via: `${VIA};rport` }, effects: [] },
    {
      what: 'the host of sent-by in capitals',
      second: { via: via('z9hG4bK776asdhds', 'PC33.atlanta.EXAMPLE.com:5060') },
      effects: [],
    },
    { what: 'another branch', second: { via: via('z9hG4bKother') }, effects: ['request INVITE'] },
    {
      what: 'another host',
      second: { via: via('z9hG4bK776asdhds', 'pc34.atlanta.example.com:5060') },
      effects: ['request INVITE'],
    },
    {
      what: 'another port',
      second: { via: via('z9hG4bK776asdhds', 'pc33.atlanta.example.com:5062') },
      effects: ['request INVITE'],
    },
    {
      what: 'no port',
      second: { via: via('z9hG4bK776asdhds', 'pc33.atlanta.example.com') },
      effects: ['request INVITE'],
    },
    { what: 'another method', second: { method: 'OPTIONS' }, effects: ['request OPTIONS'] },
  ])('INVITE, then $what', ({ second, effects }) => {
    const rig = new TransactionRig(false);
    serverOf(rig, request());
    expect(receive(rig, request(second))).toEqual(effects);
  });

  it('keeps two non-INVITE methods with one branch apart', () => {
    const rig = new TransactionRig(false);
    expect(receive(rig, request({ method: 'OPTIONS' }))).toEqual(['request OPTIONS']);
    expect(receive(rig, request({ method: 'INFO' }))).toEqual(['request INFO']);
    expect(receive(rig, request({ method: 'OPTIONS' }))).toEqual([]);
    expect(rig.layer.size).toEqual({ ...NOTHING, nonInviteServer: 2 });
  });

  it.each<{ what: string; ack: RequestText; state: string; effects: string[] }>([
    { what: 'with the INVITE’s branch', ack: { toTag: 'a6c85cf' }, state: 'confirmed', effects: [] },
    { what: 'with the INVITE’s branch and a strange To tag', ack: { toTag: 'x' }, state: 'confirmed', effects: [] },
    {
      what: 'with another branch',
      ack: { toTag: 'a6c85cf', via: via('z9hG4bKack') },
      state: 'completed',
      effects: ['ack ACK'],
    },
  ])('an ACK $what leaves a refused INVITE $state', ({ ack, state, effects }) => {
    const rig = new TransactionRig(false);
    const invite = request();
    refuse(rig, invite);
    expect(receive(rig, request({ method: 'ACK', ...ack }))).toEqual(effects);
    expect(rig.layer.findInviteServer(serverKey(invite))?.state).toBe(state);
  });

  it('hands the TU an ACK that matches nothing, without a transaction', () => {
    const rig = new TransactionRig(false);
    rig.layer.receive(rig.now, request({ method: 'ACK', toTag: 'x' }), rig.flow);
    expect(rig.effects).toMatchObject([{ type: 'ack', transaction: undefined, flow: rig.flow }]);
  });

  it.each([
    { what: 'of the INVITE here', ack: {}, taken: true, state: 'confirmed' },
    { what: 'of another', ack: { via: via('z9hG4bKother') }, taken: false, state: 'completed' },
  ])('takes an ACK that another element got: $what', ({ ack, taken, state }) => {
    const rig = new TransactionRig(false);
    const invite = request();
    refuse(rig, invite);
    expect(rig.layer.takeAck(rig.now, request({ method: 'ACK', toTag: 'a6c85cf', ...ack }))).toBe(taken);
    expect(rig.take()).toEqual([]);
    expect(rig.layer.findInviteServer(serverKey(invite))?.state).toBe(state);
  });

  it('hands the TU an ACK in Accepted with its transaction (RFC 6026 §7.1)', () => {
    const rig = new TransactionRig(false);
    const invite = request();
    const transaction = serverOf(rig, invite);
    rig.layer.respond(rig.now, transaction, 200, responseText(invite, 200));
    rig.effects.length = 0;
    rig.layer.receive(rig.now, request({ method: 'ACK', toTag: 'a6c85cf' }), rig.flow);
    expect(rig.effects.map((effect) => (effect.type === 'ack' ? effect.transaction : effect.type))).toEqual([
      transaction,
    ]);
  });
});

describe('matching a request from an RFC 2543 peer (RFC 3261 §17.2.3)', () => {
  const old = 'SIP/2.0/UDP old.example.com:5060';

  it.each<{ what: string; second: RequestText; effects: string[] }>([
    { what: 'the same INVITE', second: {}, effects: [] },
    {
      what: 'another Request-URI',
      second: { requestUri: 'sip:carol@biloxi.example.com' },
      effects: ['request INVITE'],
    },
    { what: 'another To tag', second: { toTag: 'x' }, effects: ['request INVITE'] },
    { what: 'another From tag', second: { fromTag: 'x' }, effects: ['request INVITE'] },
    { what: 'another Call-ID', second: { callId: 'x' }, effects: ['request INVITE'] },
    { what: 'another CSeq', second: { cseq: 314160 }, effects: ['request INVITE'] },
    { what: 'another Via', second: { via: 'SIP/2.0/UDP old.example.com:5062' }, effects: ['request INVITE'] },
    { what: 'a Via with a branch of its own', second: { via: `${old};branch=1` }, effects: ['request INVITE'] },
    { what: 'another method', second: { method: 'OPTIONS' }, effects: ['request OPTIONS'] },
  ])('INVITE, then $what', ({ second, effects }) => {
    const rig = new TransactionRig(false);
    serverOf(rig, request({ via: old }));
    expect(receive(rig, request({ via: old, ...second }))).toEqual(effects);
  });

  it.each<{ what: string; inviteTag?: string; ack: RequestText; state: string; effects: string[] }>([
    { what: 'the response’s To tag', ack: { toTag: 'a6c85cf' }, state: 'confirmed', effects: [] },
    { what: 'another To tag', ack: { toTag: 'x' }, state: 'completed', effects: ['ack ACK'] },
    { what: 'no To tag', ack: {}, state: 'completed', effects: ['ack ACK'] },
    { what: 'another CSeq', ack: { toTag: 'a6c85cf', cseq: 1 }, state: 'completed', effects: ['ack ACK'] },
    {
      what: 'another Via',
      ack: { toTag: 'a6c85cf', via: 'SIP/2.0/UDP x.example.com' },
      state: 'completed',
      effects: ['ack ACK'],
    },
    {
      what: 'the To tag of a re-INVITE',
      inviteTag: 'dialog',
      ack: { toTag: 'dialog' },
      state: 'confirmed',
      effects: [],
    },
    {
      what: 'another To tag than the re-INVITE',
      inviteTag: 'dialog',
      ack: { toTag: 'x' },
      state: 'completed',
      effects: ['ack ACK'],
    },
  ])('an ACK with $what leaves a refused INVITE $state', ({ inviteTag, ack, state, effects }) => {
    const rig = new TransactionRig(false);
    const invite = request({ via: old, ...(inviteTag === undefined ? {} : { toTag: inviteTag }) });
    refuse(rig, invite);
    expect(receive(rig, request({ method: 'ACK', via: old, ...ack }))).toEqual(effects);
    expect(rig.layer.findInviteServer(serverKey(invite))?.state).toBe(state);
  });

  it.each([{ branch: '' }, { branch: ';branch=1' }])('a CANCEL finds its INVITE (branch «$branch»)', ({ branch }) => {
    const rig = new TransactionRig(false);
    const invite = serverOf(rig, request({ via: old + branch }));
    rig.layer.receive(rig.now, request({ method: 'CANCEL', via: old + branch }), rig.flow);
    expect(rig.effects.map((effect) => (effect.type === 'cancel' ? effect.cancelled : effect.type))).toEqual([invite]);
  });
});

describe('matching a response to a client transaction (RFC 3261 §17.1.3)', () => {
  const invite = request();
  const options = request({ method: 'OPTIONS', via: via('z9hG4bKoptions') });

  it.each<{ what: string; to: SipRequest; effects: string[] }>([
    { what: 'the INVITE', to: invite, effects: ['response 180'] },
    { what: 'the OPTIONS', to: options, effects: ['response 180'] },
    { what: 'another branch', to: request({ via: via('z9hG4bKother') }), effects: ['strayResponse 180'] },
    { what: 'no branch', to: request({ via: 'SIP/2.0/UDP pc33.atlanta.example.com' }), effects: ['strayResponse 180'] },
    { what: 'the branch of the INVITE, method BYE', to: request({ method: 'BYE' }), effects: ['strayResponse 180'] },
    {
      what: 'the branch of the INVITE, method CANCEL',
      to: request({ method: 'CANCEL' }),
      effects: ['strayResponse 180'],
    },
    {
      what: 'the branch of the OPTIONS, method INVITE',
      to: request({ via: via('z9hG4bKoptions') }),
      effects: ['strayResponse 180'],
    },
    {
      what: 'the branch of the OPTIONS, method INFO',
      to: request({ method: 'INFO', via: via('z9hG4bKoptions') }),
      effects: ['strayResponse 180'],
    },
  ])('$what', ({ to, effects }) => {
    const rig = new TransactionRig(false);
    rig.layer.startClient(rig.now, invite, rig.flow);
    rig.layer.startClient(rig.now, options, rig.flow);
    rig.effects.length = 0;
    rig.layer.receive(rig.now, response(to, 180), rig.flow);
    expect(rig.take()).toEqual(effects);
  });

  it('gives the TU’s slot back with the response', () => {
    const rig = new TransactionRig(false);
    const user = { name: 'the TU’s own' };
    rig.layer.startClient(rig.now, options, rig.flow, user);
    rig.effects.length = 0;
    rig.layer.receive(rig.now, response(options, 200), rig.flow);
    expect(rig.effects.map((effect) => (effect.type === 'response' ? effect.transaction.user : effect.type))).toEqual([
      user,
    ]);
  });
});

describe('a flow that closes', () => {
  const messages = ['INVITE', 'OPTIONS', 'INVITE', 'BYE', 'INVITE'].map((method, index) =>
    request({ method, via: via(`z9hG4bKflow${index}`) }),
  );

  it.each([{ isReliable: true }, { isReliable: false }])(
    'fails what waits on it, and nothing else (reliable: $isReliable)',
    ({ isReliable }) => {
      const rig = new TransactionRig(isReliable);
      const other: TestFlow = { name: 'other', reliable: isReliable };
      const transactions = messages.map((message) => rig.layer.startClient(rig.now, message, rig.flow));
      const elsewhere = rig.layer.startClient(rig.now, request({ via: via('z9hG4bKelsewhere') }), other);
      const server = serverOf(rig, request({ via: via('z9hG4bKserver') }));
      rig.layer.receive(rig.now, response(messages[0] as SipRequest, 180), rig.flow);
      rig.layer.receive(rig.now, response(messages[2] as SipRequest, 200), rig.flow);
      rig.effects.length = 0;
      rig.layer.flowClosed(rig.now, rig.flow);
      const failed = rig.effects.flatMap((effect) => (effect.type === 'transportError' ? [effect.transaction] : []));
      expect(new Set(failed)).toEqual(new Set([0, 1, 3, 4].map((index) => transactions[index])));
      expect(transactions.map(({ state }) => state)).toEqual([
        'terminated',
        'terminated',
        'accepted',
        'terminated',
        'terminated',
      ]);
      expect(elsewhere.state).toBe('calling');
      expect(server.state).toBe('proceeding');
      rig.effects.length = 0;
      rig.layer.flowClosed(rig.now, rig.flow);
      expect(rig.take()).toEqual([]);
      rig.pass(40_000);
      expect(rig.layer.busyFlows).toBe(0);
      expect(rig.layer.size).toEqual({ ...NOTHING, inviteServer: 1 });
    },
  );
});

describe('what only a bug can ask for', () => {
  it.each<{ what: string; text: RequestText; says: RegExp }>([
    { what: 'a transaction for an ACK', text: { method: 'ACK' }, says: /ACK begins no transaction/ },
    { what: 'a branch without the magic cookie', text: { via: via('1') }, says: /must begin with z9hG4bK/ },
    { what: 'no branch', text: { via: 'SIP/2.0/UDP pc33.atlanta.example.com' }, says: /must begin with z9hG4bK/ },
    { what: 'a branch that is in use', text: {}, says: /already has a INVITE client transaction/ },
  ])('throws for $what', ({ text, says }) => {
    const rig = new TransactionRig(false);
    rig.layer.startClient(rig.now, request(), rig.flow);
    expect(() => rig.layer.startClient(rig.now, request(text), rig.flow)).toThrow(says);
    expect(rig.layer.size).toEqual({ ...NOTHING, inviteClient: 1 });
  });

  it.each([{ t1Ms: 0 }, { t1Ms: 500, t2Ms: 100 }, { t4Ms: Number.NaN }])(
    'throws for timers that make no sense: %j',
    (timers) => {
      expect(() => new TransactionRig(false, timers)).toThrow(RangeError);
    },
  );
});
