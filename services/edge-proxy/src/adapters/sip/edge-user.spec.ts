import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { MediaAnchor } from '../../ports/media-anchor.js';
import { bobPhone, Exchange, outsidePhone } from '../../testing/exchange.js';
import { sdp } from '../../testing/requests.js';

const peerEdge = { host: '10.0.0.2', port: 1 } as const;
const onBobsFlow = { targetFlowToken: `i1:udp/${bobPhone.host}/${bobPhone.port}`, trustClass: 'subscriber' } as const;

/** Never asked: the edge that routes has asked already. */
const unexpected: MediaAnchor = {
  place: () => {
    throw new Error('the last hop decides about media');
  },
  describe: () => {
    throw new Error('the last hop asks about media');
  },
  release: () => {
    throw new Error('the last hop ends media');
  },
};

describe('the edge as the last hop for another one (D2)', () => {
  it('sends on the flow, as a full hop and without deciding anything again', () => {
    const exchange = new Exchange({ mediaAnchor: unexpected });
    const uri = 'sip:bob@192.0.2.20:5062';
    const asserted = 'P-Asserted-Identity: <sip:alice@example.com>';
    const request = exchange.request({ uri, body: sdp(4_000), headers: [asserted] });
    exchange.edge.receiveOverLink(peerEdge, request.raw, onBobsFlow);
    const invite = exchange.taken(bobPhone, 'INVITE');
    expect([invite.requestUri, invite.maxForwards, invite.list(Header.Via).length]).toEqual([uri, 69, 2]);
    // What that edge let through stays; Record-Route was its to write.
    expect([invite.has(Header.PAssertedIdentity), invite.has(Header.RecordRoute)]).toEqual([true, false]);
    exchange.reply(bobPhone, invite, 200, { contentType: 'application/sdp', body: sdp(5_000) });
    expect(exchange.answer(peerEdge, 200).body).toBe(sdp(5_000));
    const ack = exchange.request({ method: 'ACK', uri, to: '<sip:bob@example.com>;tag=t5062' });
    exchange.edge.receiveOverLink(peerEdge, ack.raw, onBobsFlow);
    expect(exchange.heard(bobPhone)).toEqual(['ACK']);
  });

  it.each([
    ['that is closed', 'i1:tcp#17'],
    ['of an earlier life', `i0:udp/${bobPhone.host}/${bobPhone.port}`],
    ['of nobody knows which life', `udp/${bobPhone.host}/${bobPhone.port}`],
    ['that is none', 'i1:nonsense'],
  ])('says 430 for a flow %s (RFC 5626 §5.3)', (_, targetFlowToken) => {
    const exchange = new Exchange();
    exchange.edge.receiveOverLink(peerEdge, exchange.request().raw, { targetFlowToken });
    expect(exchange.heard(peerEdge)).toEqual(['430']);
    const ack = exchange.request({ method: 'ACK', callId: 'c2' });
    exchange.edge.receiveOverLink(peerEdge, ack.raw, { targetFlowToken });
    expect(exchange.heard(peerEdge)).toEqual([]);
  });

  it('passes a CANCEL on', () => {
    const exchange = new Exchange();
    const invite = exchange.request();
    exchange.edge.receiveOverLink(peerEdge, invite.raw, onBobsFlow);
    const arrived = exchange.taken(bobPhone, 'INVITE');
    exchange.reply(bobPhone, arrived, 180);
    const cancel = invite.raw.replace(/^INVITE/, 'CANCEL').replace('1 INVITE', '1 CANCEL');
    exchange.edge.receiveOverLink(peerEdge, cancel, onBobsFlow);
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'CANCEL'), 200);
    exchange.reply(bobPhone, arrived, 487);
    expect(exchange.heard(peerEdge)).toEqual(['180', '200', '487']);
  });
});

describe('what matches nothing', () => {
  it.each(['ACK', 'CANCEL'])('%s', (method) => {
    const exchange = new Exchange();
    exchange.send(outsidePhone, exchange.request({ method }));
    expect(exchange.heard(outsidePhone)).toEqual(method === 'ACK' ? [] : ['481']);
    expect(exchange.heard(bobPhone)).toEqual([]);
  });

  it('a response is not forwarded (RFC 6026 §8.9)', () => {
    const exchange = new Exchange();
    const { host, port } = outsidePhone;
    exchange.send(
      bobPhone,
      `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKnone\r\nVia: SIP/2.0/UDP ${host}:${port};branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
    );
    expect(exchange.heard(outsidePhone)).toEqual([]);
  });
});
