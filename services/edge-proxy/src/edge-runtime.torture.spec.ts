import { randomInt } from 'node:crypto';
import { Header, parseMessage, SipRequest, SipResponse } from '@ringdown/sip-message';
import { RFC4475, RFC5118 } from '@ringdown/sip-message/torture';
import { afterEach, describe, expect, it } from 'vitest';
import { AssembledEdge } from './testing/assembled-edge.js';
import { Peer } from './testing/peer.js';
import { RunningEdge } from './testing/running-edge.js';
import {
  admitSender,
  leadEverythingTo,
  tortureMessage,
  tortureTables,
  withCredentials,
} from './testing/torture-setup.js';

const rows = [...RFC4475, ...RFC5118];
const files = rows.map(({ file }) => file);

/** What an edge that serves example.com and example.net shows on the wire: at first, and when the sender has answered the challenge. */
const outcomes: Readonly<Record<string, readonly [first: string, then?: string]>> = {
  'rfc4475/wsinv.dat': ['407', 'INVITE on to sip:vivekg@chair-dnrc.example.com;unknownparam'],
  'rfc4475/intmeth.dat': ['407', "!interesting-Method0123456789_*+`.%indeed'~ to the phone"],
  'rfc4475/esc01.dat': ['407', 'INVITE to the phone'],
  'rfc4475/escnull.dat': ['401', 'REGISTER to the registrar, 200'],
  'rfc4475/esc02.dat': ['407', 'RE%47IST%45R on to sip:registrar.example.com'],
  'rfc4475/lwsdisp.dat': ['407', 'OPTIONS to the phone'],
  'rfc4475/longreq.dat': ['407', 'INVITE to the phone'],
  'rfc4475/dblreq.dat': ['401', 'REGISTER to the registrar, 200'],
  'rfc4475/semiuri.dat': ['OPTIONS to the phone'],
  'rfc4475/transports.dat': ['407', 'OPTIONS to the phone'],
  'rfc4475/mpart01.dat': ['407', 'MESSAGE on to sip:127.0.0.1:5080'],
  'rfc4475/unreason.dat': ['silence'],
  'rfc4475/noreason.dat': ['silence'],
  'rfc4475/badinv01.dat': ['400'],
  'rfc4475/clerr.dat': ['400'],
  'rfc4475/ncl.dat': ['400'],
  'rfc4475/scalar02.dat': ['400'],
  'rfc4475/scalarlg.dat': ['silence'],
  'rfc4475/quotbal.dat': ['400'],
  'rfc4475/ltgtruri.dat': ['400'],
  'rfc4475/lwsruri.dat': ['400'],
  'rfc4475/lwsstart.dat': ['400'],
  'rfc4475/trws.dat': ['400'],
  'rfc4475/escruri.dat': ['400'],
  'rfc4475/baddate.dat': ['407', 'INVITE to the phone'],
  'rfc4475/regbadct.dat': ['401', 'REGISTER to the registrar, 200'],
  'rfc4475/badaspec.dat': ['400'],
  'rfc4475/baddn.dat': ['407', 'OPTIONS on to sip:t.watson@example.org'],
  'rfc4475/badvers.dat': ['505'],
  'rfc4475/mismatch01.dat': ['400'],
  'rfc4475/mismatch02.dat': ['400'],
  'rfc4475/bigcode.dat': ['silence'],
  'rfc4475/badbranch.dat': ['OPTIONS to the phone'],
  'rfc4475/insuf.dat': ['400'],
  'rfc4475/unkscm.dat': ['416'],
  'rfc4475/novelsc.dat': ['416'],
  'rfc4475/unksm2.dat': ['400'],
  'rfc4475/bext01.dat': ['420'],
  'rfc4475/invut.dat': ['407', 'INVITE to the phone'],
  'rfc4475/regaut01.dat': ['401', 'REGISTER to the registrar, 200'],
  'rfc4475/multi01.dat': ['400'],
  'rfc4475/mcl01.dat': ['400'],
  'rfc4475/bcast.dat': ['silence'],
  'rfc4475/zeromf.dat': ['483'],
  'rfc4475/cparam01.dat': ['401', 'REGISTER to the registrar, 200'],
  'rfc4475/cparam02.dat': ['401', 'REGISTER to the registrar, 200'],
  'rfc4475/regescrt.dat': ['401', 'REGISTER to the registrar, 200'],
  'rfc4475/sdp01.dat': ['407', 'INVITE to the phone'],
  'rfc4475/inv2543.dat': ['INVITE to the phone'],
  'rfc5118/ipv6-good': ['401', 'REGISTER on to sip:[2001:db8::10]'],
  'rfc5118/ipv6-bad': ['400'],
  'rfc5118/port-ambiguous': ['401', 'REGISTER on to sip:[2001:db8::10:5070]'],
  'rfc5118/port-unambiguous': ['401', 'REGISTER on to sip:[2001:db8::10]:5070'],
  'rfc5118/via-received-param-with-delim': ['407', 'BYE on to sip:[2001:db8::10]'],
  'rfc5118/via-received-param-no-delim': ['407', 'OPTIONS on to sip:[2001:db8::10]'],
  'rfc5118/ipv6-in-sdp': ['407', 'INVITE on to sip:user@[2001:db8::10]'],
  'rfc5118/mult-ip-in-header': ['407', 'BYE on to sip:user@host.example.net'],
  'rfc5118/mult-ip-in-sdp': ['407', 'INVITE on to sip:user@[2001:db8::10]'],
  'rfc5118/ipv4-mapped-ipv6': ['INVITE to the phone'],
  'rfc5118/ipv6-bug-abnf-3-colons': ['407', 'OPTIONS on to sip:user@[2001:db8:::192.0.2.1]'],
  'rfc5118/ipv6-correct-abnf-2-colons': ['407', 'OPTIONS on to sip:user@[2001:db8::192.0.2.1]'],
};

const edges: RunningEdge[] = [];
afterEach(() => Promise.all(edges.splice(0).map((each) => each.close())));

/** An edge where whoever is asked for leads to one phone, and everything outside too. */
async function open() {
  const owning = tortureTables(files);
  const registered: SipRequest[] = [];
  const edge = await RunningEdge.open({
    owning,
    services: {
      registrar: {
        REGISTER: (request, _, reply) => {
          registered.push(request);
          reply(200);
        },
      },
    },
  });
  edges.push(edge);
  const phone = await edge.peer();
  leadEverythingTo(phone, edge.flow(phone.udpFlowToken()), owning, files);
  return { edge, phone, registered, owning };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** A peer that gets the answers to a message: they go to the port in its Via (RFC 3261 §18.2.2), at a loopback address of its own. */
async function senderOf(edge: RunningEdge, text: string): Promise<Peer> {
  const parsed = parseMessage(text);
  const port = parsed.kind === 'failure' ? 0 : (parsed.topmostVia.port ?? 5060);
  const host = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const peer = await Peer.udp(edge.address, { host, port });
  edge.peers.push(peer);
  return peer;
}

/** Everything that the message has caused so far, and the messages behind it. Takes them from the inboxes. */
async function seen({ phone, registered }: Opened, sender: Peer) {
  await sender.settled();
  await phone.settled();
  await sender.settled();
  // RFC 3261 §17.2.1: a 100 comes where the answer takes over 200 ms, as it does on a busy machine.
  const responses = sender.inbox
    .splice(0)
    .filter((message) => message instanceof SipResponse)
    .filter(({ statusCode }) => statusCode !== 100);
  const requests = phone.inbox.splice(0).filter((message) => message instanceof SipRequest);
  const statusCodes = [
    ...responses.map(({ statusCode }) => String(statusCode)),
    // An answer to what can't be read repeats what can't be read.
    ...sender.unreadable.splice(0).map((text) => text.split(' ', 2)[1]),
  ];
  const forwarded = requests.map(({ method, requestUri }) =>
    requestUri === phone.contact('phone') ? `${method} to the phone` : `${method} on to ${requestUri}`,
  );
  const toRegistrar = registered.splice(0).map(({ method }) => `${method} to the registrar`);
  return {
    line: [...toRegistrar, ...forwarded, ...statusCodes].join(', ') || 'silence',
    challenged: responses.find(({ statusCode }) => statusCode === 401 || statusCode === 407),
    forwarded: requests[0],
  };
}

describe('a torture message over UDP', () => {
  it('has a row each', () => {
    expect(Object.keys(outcomes).sort()).toEqual([...files].sort());
  });

  it.each(rows.filter(({ layer }) => layer !== 'registrar' && layer !== 'user-agent'))(
    '$file fares as every layer’s table says: $why',
    ({ file, outcome }) => {
      const [first = ''] = outcomes[file] ?? [];
      const allowed =
        outcome.kind === 'answer'
          ? outcome.statusCodes.map(String)
          : outcome.kind === 'drop'
            ? ['silence']
            : ['401', '407', 'silence', 'to the phone'];
      expect(allowed).toContain(first.endsWith('to the phone') ? 'to the phone' : first);
    },
  );

  it.each(Object.entries(outcomes).map(([file, [first, afterwards]]) => ({ file, first, afterwards })))(
    '$file: $first; $afterwards',
    async ({ file, first, afterwards }) => {
      const opened = await open();
      const text = tortureMessage(file);
      const sender = await senderOf(opened.edge, text);
      admitSender(opened.owning, text, sender);
      sender.send(text);
      const atFirst = await seen(opened, sender);
      expect(atFirst.line).toBe(first);
      const authenticated =
        atFirst.challenged === undefined ? undefined : withCredentials(text, sender.via(), atFirst.challenged);
      if (authenticated !== undefined) sender.send(authenticated);
      const last = authenticated === undefined ? atFirst : await seen(opened, sender);
      expect(authenticated === undefined ? undefined : last.line).toBe(afterwards);
      const { forwarded } = last;
      const original = parseMessage(text);
      if (forwarded === undefined || original.kind !== 'request') return;
      // What is forwarded keeps its bytes (RFC 3261 §16.6 step 1).
      for (const id of [Header.From, Header.To, Header.CallId, Header.CSeq, Header.Contact, Header.ContentType])
        expect(forwarded.values(id)).toEqual(original.values(id));
      expect(forwarded.body).toBe(original.body);
      expect(forwarded.maxForwards).toBe((original.maxForwards ?? 71) - 1);
    },
  );
});

describe('a torture message over TCP', () => {
  it.each([
    { file: 'rfc4475/ncl.dat', halfClose: false },
    // How much is missing only the end of what the peer sends tells.
    { file: 'rfc4475/clerr.dat', halfClose: true },
  ])('$file gets 400 and closes the connection: nothing after it is read', async ({ file, halfClose }) => {
    const { edge, phone } = await open();
    const sender = await edge.peer('TCP');
    sender.send(tortureMessage(file));
    sender.send(tortureMessage('rfc4475/lwsdisp.dat'));
    if (halfClose) sender.halfClose();
    await sender.whenClosed();
    expect(sender.inbox.map((message) => (message as SipResponse).statusCode)).toEqual([400]);
    await phone.settled();
    expect(phone.left).toEqual([]);
  });
});

describe('after all of them', () => {
  it('no transaction and no timer is left', () => {
    const clock = { at: 0, now: () => clock.at };
    const owning = tortureTables(files);
    const sent: string[] = [];
    const edge = new AssembledEdge({ owning, clock, received: (_, raw) => sent.push(raw) });
    for (const [index, file] of files.entries())
      edge.receive({ host: '192.0.2.1', port: 10_000 + index }, tortureMessage(file));
    expect(sent.length).toBeGreaterThan(40);
    const { size } = edge.stack;
    expect(size.inviteServer + size.nonInviteServer).toBeGreaterThan(20);
    // Timers B, F, H and J are 32 s, timer C three minutes.
    for (; clock.at < 300_000; clock.at += 1_000) edge.stack.advance();
    expect(edge.stack.size).toEqual({ inviteClient: 0, inviteServer: 0, nonInviteClient: 0, nonInviteServer: 0 });
    expect(edge.stack.wheel.size).toBe(0);
    edge.stack.close();
  });
});
