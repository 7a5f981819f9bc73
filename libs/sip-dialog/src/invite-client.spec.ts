import { buildResponse, Header, type ResponseOptions } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { InviteClient } from './invite-client.js';
import { SimulatedAgent, SimulatedTime, type TestFlow } from './testing/simulated-agent.js';

/** A caller whose callee is the test. */
function caller(body = 'offer'): { time: SimulatedTime; alice: SimulatedAgent; call: InviteClient<TestFlow> } {
  const time = new SimulatedTime();
  const alice = new SimulatedAgent(time, 'alice', { reliable: true });
  const content = body === '' ? {} : { contentType: 'application/sdp', body };
  const call = alice.act(() => alice.core.invite(alice.initial('bob', content), alice.contact));
  return { time, alice, call };
}

function answer(alice: SimulatedAgent, statusCode: number, toTag: string, options: ResponseOptions = {}): void {
  const headers = [[Header.Contact, `<sip:bob@${toTag}.test>`] as const, ...(options.headers ?? [])];
  alice.receive(buildResponse(alice.lastRequest('INVITE'), statusCode, { ...options, toTag, headers }));
}

describe('a call made (RFC 3261 §13.2)', () => {
  it.each([
    [[100], [], 'calling', 0],
    [[180], ['provisional'], 'proceeding', 1],
    [[100, 180, 183], ['provisional', 'provisional'], 'proceeding', 1],
    [[180, 200], ['provisional', 'established'], 'established', 0],
    [[200], ['established'], 'established', 0],
    [[180, 486], ['provisional', 'failed'], 'failed', 0],
    [[302], ['failed'], 'failed', 0],
    [[603], ['failed'], 'failed', 0],
  ])('%j tells %j and is then %s', (statusCodes, told, state, early) => {
    const { alice, call } = caller();
    for (const statusCode of statusCodes) answer(alice, statusCode, 'b1');
    expect(alice.takeTold()).toEqual(told);
    expect(call.state).toBe(state);
    expect(call.earlyDialogs.size).toBe(early);
  });

  it('acknowledges a 2xx, and again each time it comes again (§13.2.2.4)', () => {
    const { alice } = caller();
    answer(alice, 200, 'b1');
    answer(alice, 200, 'b1');
    expect(alice.takeSent()).toEqual(['INVITE', 'ACK', 'ACK']);
    expect(alice.takeTold()).toEqual(['established']);
  });

  it('leaves the ACK to its user when the INVITE had no offer, and puts the answer into it', () => {
    const { alice } = caller('');
    answer(alice, 200, 'b1', { contentType: 'application/sdp', body: 'offer' });
    answer(alice, 200, 'b1', { contentType: 'application/sdp', body: 'offer' });
    expect(alice.takeSent()).toEqual(['INVITE']);
    const { session } = alice.last('established');
    expect(alice.act(() => session.acknowledge({ contentType: 'application/sdp', body: 'answer' }))).toBe(true);
    expect(alice.act(() => session.acknowledge({ body: 'another' }))).toBe(false);
    expect(alice.lastRequest('ACK').body).toBe('answer');
    answer(alice, 200, 'b1', { contentType: 'application/sdp', body: 'offer' });
    expect(alice.takeSent()).toEqual(['ACK', 'ACK']);
  });

  it('gives the ACK the credentials of the INVITE (§13.2.2.4)', () => {
    const { alice, call } = caller();
    alice.act(() => call.retry(alice.time.now, call.request, [[Header.ProxyAuthorization, 'Digest x="1"']]));
    answer(alice, 200, 'b1');
    expect(alice.lastRequest('ACK').value(Header.ProxyAuthorization)).toBe('Digest x="1"');
    expect(alice.lastRequest('ACK').cseq.number).toBe(2);
  });

  it('makes an early dialog for each To tag of a forked INVITE, and a session for each 2xx (§13.2.2.4)', () => {
    const { alice, call } = caller();
    answer(alice, 180, 'b1');
    answer(alice, 183, 'b2');
    answer(alice, 180, 'b1');
    expect([...call.earlyDialogs.keys()]).toEqual(['b1', 'b2']);
    answer(alice, 200, 'b2');
    answer(alice, 200, 'b3');
    answer(alice, 200, 'b2');
    const established = alice.told.filter((effect) => effect.type === 'established');
    expect(established.map(({ session }) => session.dialog.remoteTag)).toEqual(['b2', 'b3']);
    expect(alice.takeSent()).toEqual(['INVITE', 'ACK', 'ACK', 'ACK']);
    expect([...call.earlyDialogs.keys()]).toEqual(['b1']);
    expect(alice.core.dialogs.size).toBe(2);
    alice.act(() => established[1]?.session.bye(alice.time.now));
    expect(alice.lastRequest('BYE').requestUri).toBe('sip:bob@b3.test');
    expect(alice.lastRequest('BYE').toTag).toBe('b3');
  });

  it('ends all early dialogs with a final response other than 2xx (§12.3)', () => {
    const { alice, call } = caller();
    answer(alice, 180, 'b1');
    const dialog = call.earlyDialogs.get('b1');
    answer(alice, 486, 'b1');
    expect(dialog?.state).toBe('terminated');
  });

  it('treats silence as 408 (§8.1.3.1)', () => {
    const { time, alice } = caller();
    time.pass(32_000);
    expect(alice.last('failed')).toMatchObject({ statusCode: 408, response: undefined });
  });

  it('begins again after a refusal, with the next number and the same Call-ID and From (§8.1.3.5)', () => {
    const { alice, call } = caller();
    const first = alice.lastRequest('INVITE');
    alice.act(() => call.retry(alice.time.now, call.request, [[Header.Authorization, 'Digest y="1"']]));
    const second = alice.lastRequest('INVITE');
    expect([second.cseq.number, second.callId, second.fromTag]).toEqual([2, first.callId, first.fromTag]);
    expect(second.body).toBe('offer');
    answer(alice, 200, 'b1');
    expect(alice.takeTold()).toEqual(['established']);
  });
});

describe('a call given up (RFC 3261 §9.1)', () => {
  it('sends the CANCEL only after a provisional response', () => {
    const { alice, call } = caller();
    expect(alice.act(() => call.cancel(alice.time.now))).toBe('cancelling');
    expect(alice.act(() => call.cancel(alice.time.now))).toBe('ignored-repeated');
    expect(alice.takeSent()).toEqual(['INVITE']);
    answer(alice, 180, 'b1');
    expect(alice.takeSent()).toEqual(['CANCEL']);
  });

  it('ends with the 487', () => {
    const { alice, call } = caller();
    answer(alice, 180, 'b1');
    alice.act(() => call.cancel(alice.time.now));
    answer(alice, 487, 'b1');
    expect(alice.last('failed').statusCode).toBe(487);
    expect(alice.takeSent()).toEqual(['INVITE', 'CANCEL', 'ACK']);
  });

  it('acknowledges and hangs up a 2xx that crossed the CANCEL', () => {
    const { alice, call } = caller();
    answer(alice, 180, 'b1');
    alice.act(() => call.cancel(alice.time.now));
    answer(alice, 200, 'b1');
    expect(alice.takeSent()).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE']);
    expect(alice.takeTold()).toEqual(['provisional', 'failed']);
  });

  it('is over 64*T1 after a CANCEL that brought no final response', () => {
    const { time, alice, call } = caller();
    answer(alice, 180, 'b1');
    alice.act(() => call.cancel(time.now));
    time.pass(31_990);
    expect(call.state).toBe('proceeding');
    time.pass(20);
    expect(alice.last('failed').statusCode).toBe(487);
    expect(alice.layer.size.inviteClient).toBe(0);
  });

  it('comes too late after the final response', () => {
    const { alice, call } = caller();
    answer(alice, 200, 'b1');
    expect(call.cancel(alice.time.now)).toBe('ignored-final');
  });
});
