import { directory } from '@ringdown/contracts';
import { Header, type HeaderField, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { acme } from '../../testing/acme.js';
import { bobPhone, deskPhone, Exchange, outsidePhone } from '../../testing/exchange.js';
import { FakeRelay } from '../../testing/fake-relay.js';
import { sdp } from '../../testing/requests.js';
import { policies } from '../../testing/tables.js';

const { ALWAYS, NEVER } = directory.MediaRelay;

function exchangeOf(
  mediaAnchor: FakeRelay | undefined,
  mediaRelay: directory.MediaRelay,
  phones: readonly (typeof bobPhone)[] = [bobPhone],
): Exchange {
  const exchange = new Exchange(mediaAnchor === undefined ? {} : { mediaAnchor }, phones);
  const tenant = { ...acme, policies: policies({ mediaRelay }) };
  for (const domain of ['example.com', 'acme.test']) exchange.owning.domains.set(domain, tenant);
  return exchange;
}

const bobs = [Header.Contact, '<sip:bob@192.0.2.20:5062>'] as const;
const described = (port: number, ...headers: HeaderField[]) => ({
  contentType: 'application/sdp',
  body: sdp(port),
  headers: [bobs, ...headers],
});
const port = ({ body }: SipRequest | SipResponse): string | undefined => /m=audio (\d+)/.exec(body)?.[1];

/** A request within the dialog that the answer made; from the caller unless told otherwise. */
function within(
  exchange: Exchange,
  method: string,
  invite: SipRequest,
  answer: SipResponse,
  over: { readonly body?: string; readonly cseq?: number; readonly from?: 'caller' | 'callee' } = {},
): void {
  const { body = '', cseq = 2, from = 'caller' } = over;
  const isCaller = from === 'caller';
  const routes = isCaller ? [...answer.list(Header.RecordRoute)].reverse() : invite.list(Header.RecordRoute);
  const request = exchange.request({
    method,
    uri: isCaller ? 'sip:bob@192.0.2.20:5062' : `sip:x@${outsidePhone.host}:${outsidePhone.port}`,
    to: isCaller ? (answer.value(Header.To) ?? '') : '<sip:x@peer.test>;tag=x1',
    headers: [`Route: ${routes.join(', ')}`],
    body,
    cseq,
  });
  if (isCaller) exchange.send(outsidePhone, request);
  else {
    const raw = request.raw
      .replace(/^Via: .*$/m, `Via: SIP/2.0/UDP ${bobPhone.host}:${bobPhone.port};branch=z9hG4bKb${cseq}${method};rport`)
      .replace('From: <sip:x@peer.test>;tag=x1', `From: ${answer.value(Header.To)}`);
    exchange.send(bobPhone, raw);
  }
}

/** A call of the outside caller's to bob that is established: the INVITE as bob got it, and the 200 as the caller did. */
function established(exchange: Exchange, over: { readonly offerless?: true } = {}) {
  exchange.send(outsidePhone, exchange.request(over.offerless === true ? {} : { body: sdp(4_000) }));
  const invite = exchange.taken(bobPhone, 'INVITE');
  exchange.reply(bobPhone, invite, 200, described(5_000));
  const answer = exchange.answer(outsidePhone, 200);
  within(exchange, 'ACK', invite, answer, { cseq: 1, ...(over.offerless === true ? { body: sdp(4_000) } : {}) });
  const ack = exchange.taken(bobPhone, 'ACK');
  return { invite, answer, ack };
}

describe('a call whose media is relayed', () => {
  it('has the offer and the answer rewritten, and its media released with the BYE', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS);
    const { invite, answer } = established(exchange);
    expect([port(invite), port(answer), relay.placed]).toEqual(['14000', '15000', ['policy']]);
    expect(invite.value(Header.ContentLength)).toBe(String(invite.body.length));
    expect(relay.told).toEqual(['offer x1> 4000 to plain IP4', 'answer x1>t5062 5000 to plain IP4']);
    expect(relay.steps.map(({ isNew, node }) => [isNew, node])).toEqual([
      [true, 7],
      [false, 7],
    ]);
    within(exchange, 'BYE', invite, answer);
    expect(relay.released).toEqual([]);
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'BYE'), 200);
    expect(relay.released).toEqual(['-0@7']);
  });

  it('without an offer in the INVITE has it in the 2xx, and the answer in the ACK', () => {
    const relay = new FakeRelay();
    const { invite, answer, ack } = established(exchangeOf(relay, ALWAYS), { offerless: true });
    expect([invite.body, port(answer), port(ack)]).toEqual(['', '15000', '14000']);
    expect(relay.told).toEqual(['offer t5062>x1 5000 to plain IP4', 'answer t5062>x1 4000 to plain IP4']);
  });

  it.each(['caller', 'callee'] as const)(
    'has a re-INVITE and an UPDATE of the %s rewritten by another edge',
    (from) => {
      const relay = new FakeRelay();
      const first = exchangeOf(relay, ALWAYS);
      const { invite, answer } = established(first);
      relay.steps.length = 0;
      // The same keys and tables, and nothing of the call.
      const second = exchangeOf(relay, ALWAYS);
      const [offerer, far] = from === 'caller' ? [outsidePhone, bobPhone] : [bobPhone, outsidePhone];
      const tags = from === 'caller' ? ['x1>t5062', 'x1>t5062'] : ['t5062>x1', 't5062>x1'];
      for (const method of ['INVITE', 'UPDATE']) {
        within(second, method, invite, answer, { body: sdp(4_100), from, cseq: 7 });
        const arrived = second.taken(far, method);
        second.reply(far, arrived, 200, described(5_100));
        expect([port(arrived), port(second.answer(offerer, 200))]).toEqual(['14100', '15100']);
      }
      expect(relay.told).toEqual(
        [0, 1].flatMap(() => [`offer ${tags[0]} 4100 to plain IP4`, `answer ${tags[1]} 5100 to plain IP4`]),
      );
      expect(new Set(relay.steps.map(({ mediaCallId }) => mediaCallId)).size).toBe(1);
      expect(relay.placed).toEqual(['policy']);
      within(second, 'BYE', invite, answer, { from, cseq: 9 });
      second.reply(far, second.taken(far, 'BYE'), 200);
      expect(relay.released).toEqual(['-0@7']);
    },
  );

  it('goes on at the node that the relay found instead of the first', () => {
    const relay = new FakeRelay((step) => ({ kind: 'described', sdp: step.sdp, node: 9 }));
    const exchange = exchangeOf(relay, ALWAYS);
    const { invite, answer } = established(exchange);
    within(exchange, 'BYE', invite, answer);
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'BYE'), 200);
    expect([relay.steps.map(({ node }) => node), relay.released]).toEqual([[7, 9], ['-0@9']]);
  });

  it('has early media, and what PRACK brings, rewritten', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS);
    exchange.send(outsidePhone, exchange.request({ body: sdp(4_000) }));
    const invite = exchange.taken(bobPhone, 'INVITE');
    exchange.reply(bobPhone, invite, 183, described(5_000, [Header.Require, '100rel'], [Header.RSeq, '1']));
    const early = exchange.answer(outsidePhone, 183);
    within(exchange, 'PRACK', invite, early, { body: sdp(4_200) });
    const prack = exchange.taken(bobPhone, 'PRACK');
    exchange.reply(bobPhone, prack, 200, described(5_200));
    expect([port(early), port(prack), port(exchange.answer(outsidePhone, 200))]).toEqual(['15000', '14200', '15200']);
    exchange.reply(bobPhone, invite, 200, { headers: [bobs] });
    expect(exchange.answer(outsidePhone, 200).body).toBe('');
  });

  it('takes the description in PRACK as the answer where the INVITE had none (RFC 3262 §5)', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS);
    exchange.send(outsidePhone, exchange.request());
    const invite = exchange.taken(bobPhone, 'INVITE');
    exchange.reply(bobPhone, invite, 183, described(5_000, [Header.Require, '100rel'], [Header.RSeq, '1']));
    within(exchange, 'PRACK', invite, exchange.answer(outsidePhone, 183), { body: sdp(4_200) });
    expect(port(exchange.taken(bobPhone, 'PRACK'))).toBe('14200');
    expect(relay.told).toEqual(['offer t5062>x1 5000 to plain IP4', 'answer t5062>x1 4200 to plain IP4']);
  });

  it('has media of its own for each fork, and that of the forks that lose is released', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS, [bobPhone, deskPhone]);
    exchange.send(outsidePhone, exchange.request({ body: sdp(4_000) }));
    const [atBob, atDesk] = [exchange.taken(bobPhone, 'INVITE'), exchange.taken(deskPhone, 'INVITE')];
    exchange.reply(bobPhone, atBob, 183, described(5_000));
    exchange.reply(deskPhone, atDesk, 183, described(6_000));
    expect([0, 1].map(() => port(exchange.answer(outsidePhone, 183)))).toEqual(['15000', '16000']);
    const names = relay.steps.map(({ mediaCallId }) => mediaCallId);
    expect([new Set(names).size, names[2], names[3]]).toEqual([2, names[0], names[1]]);
    exchange.reply(deskPhone, atDesk, 200, described(6_000));
    expect(port(exchange.answer(outsidePhone, 200))).toBe('16000');
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'CANCEL'), 200);
    exchange.reply(bobPhone, atBob, 487);
    expect(relay.released).toEqual(['-0@7']);
  });

  it('releases it when the call comes to nothing', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS);
    exchange.send(outsidePhone, exchange.request({ body: sdp(4_000) }));
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 486);
    expect([exchange.heard(outsidePhone).at(-1), relay.released]).toEqual(['486', ['-0@7']]);
    exchange.send(outsidePhone, exchange.request({ body: sdp(4_000), callId: 'c2' }));
    exchange.clock.advance(exchange.edge.stack, 40_000, 500);
    expect(relay.released).toEqual(['-0@7', '-0@7']);
  });

  it('keeps it when the BYE is challenged by the far end, and releases it when nobody answers', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS);
    const { invite, answer } = established(exchange);
    within(exchange, 'BYE', invite, answer);
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'BYE'), 407);
    expect(relay.released).toEqual([]);
    within(exchange, 'BYE', invite, answer, { cseq: 3 });
    exchange.clock.advance(exchange.edge.stack, 40_000, 500);
    expect(relay.released).toEqual(['-0@7']);
  });

  it('rewrites a part of a multipart body, and leaves the others', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS);
    const parts = (description: string) =>
      `--b1\r\nContent-Type: application/sdp\r\n\r\n${description}\r\n--b1\r\nContent-Type: application/isup\r\n\r\n\x01\x80\r\n--b1--\r\n`;
    const raw = exchange
      .request({ body: parts(sdp(4_000)) })
      .raw.replace('Content-Type: application/sdp', 'Content-Type: multipart/mixed; boundary=b1');
    exchange.send(outsidePhone, raw);
    const invite = exchange.taken(bobPhone, 'INVITE');
    const [step] = relay.steps;
    expect(invite.body).toBe(parts(sdp(4_000).replace('4000', '14000').replace('s=-', 's=offer of x1')));
    expect(step?.sdp).toBe(sdp(4_000));
    expect(invite.value(Header.ContentType)).toBe('multipart/mixed; boundary=b1');
  });
});

describe('a message whose description is with the relay', () => {
  it('waits, and goes nowhere when the call was cancelled meanwhile', () => {
    const relay = new FakeRelay();
    relay.answer = undefined;
    const exchange = exchangeOf(relay, ALWAYS);
    const invite = exchange.request({ body: sdp(4_000) });
    exchange.send(outsidePhone, invite);
    expect(exchange.heard(bobPhone)).toEqual([]);
    exchange.send(outsidePhone, invite.raw.replace(/^INVITE/, 'CANCEL').replace('1 INVITE', '1 CANCEL'));
    expect(exchange.heard(outsidePhone)).toEqual(expect.arrayContaining(['200', '487']));
    relay.waiting[0]?.({ kind: 'described', sdp: sdp(9_999), node: 7 });
    expect(exchange.heard(bobPhone)).toEqual([]);
    expect(relay.released).toEqual(['-0@7']);
  });

  it('keeps the order within its branch, and holds up no other', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS, [bobPhone, deskPhone]);
    exchange.send(outsidePhone, exchange.request({ body: sdp(4_000) }));
    const invite = exchange.taken(bobPhone, 'INVITE');
    relay.answer = undefined;
    exchange.reply(bobPhone, invite, 183, described(5_000));
    exchange.reply(bobPhone, invite, 180);
    exchange.reply(bobPhone, invite, 200, described(5_000));
    exchange.reply(deskPhone, exchange.taken(deskPhone, 'INVITE'), 180);
    expect(exchange.heard(outsidePhone).filter((each) => each !== '100')).toEqual(['180']);
    relay.waiting[0]?.({ kind: 'described', sdp: sdp(9_999), node: 7 });
    // The 200 has the body of the 183, and what the relay made of it is known.
    expect(exchange.heard(outsidePhone)).toEqual(['183', '180', '200']);
  });

  it('is what it was when it is repeated', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS);
    exchange.send(outsidePhone, exchange.request({ body: sdp(4_000) }));
    const invite = exchange.taken(bobPhone, 'INVITE');
    const bodies = [0, 1, 2].map(() => {
      exchange.reply(bobPhone, invite, 200, described(5_000));
      return exchange.answer(outsidePhone, 200).body;
    });
    expect([new Set(bodies).size, relay.steps.length]).toEqual([1, 2]);
  });
});

describe('where the relay fails', () => {
  it.each([
    { outcome: { kind: 'refused', reason: 'broken' } as const, status: '488' },
    { outcome: { kind: 'away', reason: 'dead' } as const, status: '503' },
  ])('an offer is answered $status: $outcome.kind', ({ outcome, status }) => {
    const exchange = exchangeOf(new FakeRelay(() => outcome), ALWAYS);
    exchange.send(outsidePhone, exchange.request({ body: sdp(4_000) }));
    const heard = exchange.answer(outsidePhone, Number(status));
    expect([heard.has(Header.RetryAfter), exchange.heard(bobPhone)]).toEqual([status === '503', []]);
  });

  it('a call that must be relayed is refused while no node lives, and on a platform without one', () => {
    const relay = new FakeRelay();
    relay.node = undefined;
    for (const exchange of [exchangeOf(relay, ALWAYS), exchangeOf(undefined, ALWAYS)]) {
      exchange.send(outsidePhone, exchange.request({ body: sdp(4_000) }));
      expect([exchange.heard(outsidePhone).at(-1), exchange.heard(bobPhone)]).toEqual(['503', []]);
    }
  });

  it('a re-INVITE is refused and the session stays; an answer goes on as it came', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS);
    const { invite, answer } = established(exchange);
    relay.answer = () => ({ kind: 'away', reason: 'dead' });
    within(exchange, 'INVITE', invite, answer, { body: sdp(4_100) });
    expect([exchange.heard(outsidePhone).at(-1), exchange.heard(bobPhone)]).toEqual(['503', []]);
    within(exchange, 'INVITE', invite, answer, { cseq: 3 });
    exchange.reply(bobPhone, exchange.taken(bobPhone, 'INVITE'), 200, described(5_100));
    expect(port(exchange.answer(outsidePhone, 200))).toBe('5100');
  });
});

describe('a call whose media flows directly', () => {
  it.each([
    { name: 'by policy', policy: NEVER },
    { name: 'since nothing else is needed', policy: directory.MediaRelay.WHEN_NEEDED },
  ])('is left alone $name, now and later', ({ policy }) => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, policy);
    const plain = sdp(4_000).replaceAll('127.0.0.1', outsidePhone.host);
    exchange.send(outsidePhone, exchange.request({ body: plain }));
    const invite = exchange.taken(bobPhone, 'INVITE');
    exchange.reply(bobPhone, invite, 200, described(5_000));
    const answer = exchange.answer(outsidePhone, 200);
    within(exchange, 'INVITE', invite, answer, { body: sdp(4_100) });
    expect([invite.body, port(answer), port(exchange.taken(bobPhone, 'INVITE'))]).toEqual([plain, '5000', '4100']);
    expect([relay.placed, relay.steps]).toEqual([[], []]);
  });

  it('is so in what is no session at all', () => {
    const relay = new FakeRelay();
    const exchange = exchangeOf(relay, ALWAYS);
    exchange.send(outsidePhone, exchange.request({ method: 'MESSAGE', body: sdp(4_000) }));
    expect([port(exchange.taken(bobPhone, 'MESSAGE')), relay.steps]).toEqual(['4000', []]);
  });
});
