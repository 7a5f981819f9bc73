import { buildRequest, buildResponse, Header, parseMessage, type SipRequest } from '@ringdown/sip-message';
import { type Flow, formatHostPort, UdpPort } from '@ringdown/sip-transport';
import { afterEach, describe, expect, it } from 'vitest';
import { TestUserAgent } from './user-agent.js';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A socket without transactions, which sends and answers as the test says. */
async function barePeer(receive: (request: SipRequest, flow: Flow) => void): Promise<UdpPort> {
  const port = await UdpPort.open({
    host: '127.0.0.1',
    port: 0,
    events: {
      message: (raw, flow) => {
        const message = parseMessage(raw);
        if (message.kind === 'request') receive(message, flow);
      },
      malformed: () => {},
      flowClosed: () => {},
      sendFailed: () => {},
    },
  });
  closing.push(() => port.close());
  return port;
}

async function agent(user: string): Promise<TestUserAgent> {
  const opened = await TestUserAgent.open({ user, timers: { t1Ms: 10, t2Ms: 40, t4Ms: 50 } });
  closing.push(() => opened.close());
  return opened;
}

describe('a user agent and a peer that does as it likes', () => {
  it('repeats its 2xx to who sends no ACK, and hangs up in the end (RFC 3261 §13.3.1.4)', async () => {
    const bob = await agent('bob');
    const peer = await barePeer((request, flow) => {
      if (request.method === 'BYE') flow.send(buildResponse(request, 200));
    });
    const from = formatHostPort(peer.address);
    const invite = buildRequest({
      method: 'INVITE',
      requestUri: bob.contactUri,
      headers: [
        [Header.Via, `SIP/2.0/UDP ${from};branch=z9hG4bK-silent`],
        [Header.MaxForwards, '70'],
        [Header.From, '<sip:silent@example.com>;tag=s'],
        [Header.To, '<sip:bob@example.com>'],
        [Header.CallId, 'silent-1'],
        [Header.CSeq, '1 INVITE'],
        [Header.Contact, `<sip:silent@${from}>`],
      ],
    });
    peer.flowTo(bob.address).send(invite);
    const call = await bob.nextCall();
    call.answer();
    expect(await call.ended()).toBe('no-acknowledgement');
    bob.recorder.expectLadder(['< INVITE', '> 200', '> BYE', '< 200']);
    expect(bob.recorder.select({ method: 'INVITE', repeated: true }).length).toBeGreaterThan(5);
  });

  it('keeps one session of a forked INVITE, and acknowledges and hangs up the others (§13.2.2.4)', async () => {
    const alice = await agent('alice');
    const hungUp: (string | undefined)[] = [];
    const acknowledged: (string | undefined)[] = [];
    const peer: UdpPort = await barePeer((request, flow) => {
      if (request.method === 'ACK') acknowledged.push(request.toTag);
      if (request.method === 'BYE') {
        hungUp.push(request.toTag);
        flow.send(buildResponse(request, 200));
      }
      if (request.method !== 'INVITE') return;
      const headers = [[Header.Contact, `<sip:fork@${formatHostPort(peer.address)}>`] as const];
      for (const toTag of ['first', 'second', 'first']) flow.send(buildResponse(request, 200, { toTag, headers }));
    });
    const call = alice.call(`sip:fork@${formatHostPort(peer.address)}`);
    await call.established();
    await alice.until('the BYE of the second', (recorder) => recorder.messages.find(({ word }) => word === 'BYE'));
    await call.bye();
    expect(acknowledged).toEqual(['first', 'second', 'first']);
    expect(hungUp).toEqual(['second', 'first']);
    expect(alice.surplusSessions.map(({ toTag }) => toTag)).toEqual(['second']);
  });

  it('sends a request again until it is answered', async () => {
    const alice = await agent('alice');
    let received = 0;
    const peer = await barePeer((request, flow) => {
      received += 1;
      if (received === 3) flow.send(buildResponse(request, 200, { toTag: 'p' }));
    });
    const answer = await alice.options(`sip:peer@${formatHostPort(peer.address)}`);
    expect([answer.statusCode, received]).toEqual([200, 3]);
    alice.recorder.expectLadder(['> OPTIONS', '< 200']);
    alice.recorder.expectLadder(['> OPTIONS', '> OPTIONS', '> OPTIONS', '< 200'], { repeated: true });
  });

  it('says what failed when nobody answers', async () => {
    const alice = await agent('alice');
    const peer = await barePeer(() => {});
    const uri = `sip:peer@${formatHostPort(peer.address)}`;
    await expect(alice.options(uri)).rejects.toThrow(/OPTIONS to sip:peer@.* failed with 408/);
  });
});
