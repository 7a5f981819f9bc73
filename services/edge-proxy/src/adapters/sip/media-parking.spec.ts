import { Header, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { CallFacts } from '../../domain/call-facts.js';
import type { MediaAnchor, MediaDecision, RequestMediaDecision } from '../../ports/media-anchor.js';
import { bobPhone, deskPhone, Exchange, outsidePhone } from '../../testing/exchange.js';
import { sdp } from '../../testing/requests.js';

/** Parks everything until the test decides. */
class Parking implements MediaAnchor {
  readonly asked: { readonly message: SipRequest | SipResponse; readonly call: CallFacts | undefined }[] = [];
  readonly decide: ((decision: RequestMediaDecision) => void)[] = [];

  request(request: SipRequest, call: CallFacts | undefined, decided: (decision: RequestMediaDecision) => void): void {
    this.asked.push({ message: request, call });
    this.decide.push(decided);
  }

  response(
    response: SipResponse,
    _request: SipRequest,
    call: CallFacts | undefined,
    decided: (decision: MediaDecision) => void,
  ): void {
    this.asked.push({ message: response, call });
    this.decide.push(decided as (decision: RequestMediaDecision) => void);
  }
}

const keep = { kind: 'keep' } as const;
const anchored = { kind: 'replace', contentType: 'application/sdp', body: sdp(9_999) } as const;
const answerOf = (port: number) => ({
  contentType: 'application/sdp',
  body: sdp(port),
  headers: [[Header.Contact, '<sip:bob@192.0.2.20:5062>'] as const],
});

describe('messages with a session description', () => {
  it('wait for the decision, both ways, and go on with the body it gives', () => {
    const parking = new Parking();
    const exchange = new Exchange({ mediaAnchor: parking });
    exchange.send(outsidePhone, exchange.request({ body: sdp(4_000) }));
    expect(exchange.heard(bobPhone)).toEqual([]);
    parking.decide[0]?.(anchored);
    const invite = exchange.taken(bobPhone, 'INVITE');
    expect([invite.body, invite.value(Header.ContentLength)]).toEqual([sdp(9_999), String(sdp(9_999).length)]);
    exchange.reply(bobPhone, invite, 200, answerOf(5_000));
    expect(exchange.heard(outsidePhone)).not.toContain('200');
    parking.decide[1]?.(anchored);
    expect(exchange.answer(outsidePhone, 200).body).toBe(sdp(9_999));
    expect(parking.asked.map(({ call }) => call?.terminatingTenantId)).toEqual(['acme', 'acme']);
  });

  it('are asked about within a call and in an ACK too', () => {
    const parking = new Parking();
    const exchange = new Exchange({ mediaAnchor: parking });
    exchange.send(outsidePhone, exchange.request());
    const invite = exchange.taken(bobPhone, 'INVITE');
    exchange.reply(bobPhone, invite, 200, answerOf(5_000));
    parking.decide[0]?.(keep);
    const answer = exchange.answer(outsidePhone, 200);
    const ack = exchange.request({
      method: 'ACK',
      uri: 'sip:bob@192.0.2.20:5062',
      to: answer.value(Header.To) ?? '',
      headers: [`Route: ${answer.list(Header.RecordRoute).join(', ')}`],
      body: sdp(4_000),
    });
    exchange.send(outsidePhone, ack);
    expect(exchange.heard(bobPhone)).toEqual([]);
    parking.decide[1]?.(anchored);
    expect(exchange.taken(bobPhone, 'ACK').body).toBe(sdp(9_999));
  });

  it('pass where nobody anchors, and so does what carries none', () => {
    const parking = new Parking();
    const exchange = new Exchange({ mediaAnchor: parking });
    exchange.send(outsidePhone, exchange.request());
    const invite = exchange.taken(bobPhone, 'INVITE');
    exchange.reply(bobPhone, invite, 180);
    expect(exchange.heard(outsidePhone)).toContain('180');
    expect(parking.asked).toEqual([]);
    const direct = new Exchange();
    direct.send(outsidePhone, direct.request({ body: sdp(4_000) }));
    expect(direct.taken(bobPhone, 'INVITE').body).toBe(sdp(4_000));
  });

  it('keep their order within a branch: what comes behind waits', () => {
    const parking = new Parking();
    const exchange = new Exchange({ mediaAnchor: parking });
    exchange.send(outsidePhone, exchange.request());
    const invite = exchange.taken(bobPhone, 'INVITE');
    exchange.reply(bobPhone, invite, 183, answerOf(5_000));
    exchange.reply(bobPhone, invite, 180);
    exchange.reply(bobPhone, invite, 200, answerOf(5_000));
    expect(exchange.heard(outsidePhone).filter((each) => each !== '100')).toEqual([]);
    parking.decide[0]?.(keep);
    expect(exchange.heard(outsidePhone)).toEqual(['183', '180']);
    parking.decide[1]?.(keep);
    expect(exchange.heard(outsidePhone)).toEqual(['200']);
  });

  it('hold up their own branch only', () => {
    const parking = new Parking();
    const exchange = new Exchange({ mediaAnchor: parking }, [bobPhone, deskPhone]);
    exchange.send(outsidePhone, exchange.request());
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 183, answerOf(5_000));
    exchange.reply(deskPhone, exchange.taken(deskPhone, 'INVITE'), 180);
    expect(exchange.heard(outsidePhone)).toContain('180');
  });

  it('are refused where no media path can be had', () => {
    const parking = new Parking();
    const exchange = new Exchange({ mediaAnchor: parking });
    exchange.send(outsidePhone, exchange.request({ body: sdp(4_000) }));
    parking.decide[0]?.({ kind: 'refuse', statusCode: 488 });
    expect(exchange.heard(outsidePhone)).toContain('488');
    expect(exchange.heard(bobPhone)).toEqual([]);
  });

  it('go nowhere when the call was cancelled meanwhile', () => {
    const parking = new Parking();
    const exchange = new Exchange({ mediaAnchor: parking });
    const invite = exchange.request({ body: sdp(4_000) });
    exchange.send(outsidePhone, invite);
    exchange.send(outsidePhone, invite.raw.replace(/^INVITE/, 'CANCEL').replace('1 INVITE', '1 CANCEL'));
    expect(exchange.heard(outsidePhone)).toEqual(expect.arrayContaining(['200', '487']));
    parking.decide[0]?.(anchored);
    expect(exchange.heard(bobPhone)).toEqual([]);
  });
});
