import { findRtpengine, RtpPhone, startRtpengine, type TestRtpengine } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MediaLeg } from '../../domain/relayed-media.js';
import type { DescriptionOutcome, DescriptionStep } from '../../ports/media-anchor.js';
import { MediaNodes } from './media-nodes.js';
import type { NgReply } from './ng-message.js';
import { RtpengineAnchor } from './rtpengine-anchor.js';

const plain: MediaLeg = { profile: 'plain', family: 'IP4' };
const plain6: MediaLeg = { profile: 'plain', family: 'IP6' };
const sdes: MediaLeg = { profile: 'sdes', family: 'IP4' };
const webrtc: MediaLeg = { profile: 'webrtc', family: 'IP4' };

const description = (port: number, address = '127.0.0.1'): string => {
  const at = `IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`;
  return `v=0\r\no=- 1 1 ${at}\r\ns=-\r\nc=${at}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n`;
};
const browserDescription = [
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\nc=IN IP4 0.0.0.0',
  'a=candidate:1 1 udp 2113937151 a1b2.local 5000 typ host\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx',
  'a=fingerprint:sha-256 0A:5D:A6:88:5A:2F:93:96:45:3D:89:8F:4D:FA:92:76:6F:32:A3:D3:DC:A3:73:3E:0B:70:74:36:14:62:0B:27',
  'a=setup:actpass\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\n',
].join('\r\n');

const wordsOf = (phone: RtpPhone): string[] => [...phone.heard].map((each) => each.split(' ')[0] ?? '');

describe.runIf(findRtpengine() !== undefined || process.env['CI'] === 'true')('anchored at rtpengine', () => {
  let engines: readonly [TestRtpengine, TestRtpengine];
  let nodes: MediaNodes;
  let anchor: RtpengineAnchor;
  let calls = 0;
  let mediaCallId = '';
  const phones: RtpPhone[] = [];
  beforeAll(async () => {
    engines = [await startRtpengine(), await startRtpengine()];
  });
  afterAll(() => Promise.all((engines ?? []).map((engine) => engine.stop())));
  beforeEach(() => {
    nodes = new MediaNodes({ nodes: engines.map(({ port }, index) => ({ id: index + 1, host: '127.0.0.1', port })) });
    anchor = new RtpengineAnchor(nodes);
    mediaCallId = `call-${++calls}`;
  });
  afterEach(() => {
    nodes.close();
    for (const phone of phones.splice(0)) phone.close();
  });

  const phone = async (word: string, host?: string): Promise<RtpPhone> => {
    const opened = await RtpPhone.open(word, host);
    phones.push(opened);
    return opened;
  };
  const stepOf = (over: Partial<DescriptionStep> & Pick<DescriptionStep, 'sdp'>): DescriptionStep => ({
    role: 'offer',
    mediaCallId,
    node: 1,
    isNew: true,
    offererTag: 'a',
    answererTag: undefined,
    to: plain,
    source: undefined,
    offer: undefined,
    ...over,
  });
  const describeStep = (over: Parameters<typeof stepOf>[0]): Promise<DescriptionOutcome> =>
    new Promise((resolve) => anchor.describe(stepOf(over), resolve));
  const described = async (over: Parameters<typeof describeStep>[0]) => {
    const outcome = await describeStep(over);
    if (outcome.kind !== 'described') throw new Error(`${outcome.kind}: ${outcome.reason}`);
    return outcome;
  };
  const query = (node: number): Promise<NgReply | string> =>
    new Promise((resolve) =>
      nodes.ask(node, { command: 'query', 'call-id': mediaCallId }, (answer) =>
        resolve(answer.kind === 'done' ? answer.reply : answer.reason),
      ),
    );
  const bothHear = async (first: RtpPhone, toFirst: string, second: RtpPhone, toSecond: string) => {
    await vi.waitFor(() => {
      first.speak(toFirst);
      second.speak(toSecond);
      expect([wordsOf(first), wordsOf(second)]).toEqual([['second'], ['first']]);
    });
  };

  it.each([
    { name: 'IPv4', hosts: ['127.0.0.1', '127.0.0.1'], legs: [plain, plain] },
    { name: 'IPv4 and IPv6', hosts: ['127.0.0.1', '::1'], legs: [plain, plain6] },
    { name: 'IPv6 and IPv4', hosts: ['::1', '127.0.0.1'], legs: [plain6, plain] },
  ] as const)('two phones with $name hear each other, until the call is released', async ({ hosts, legs }) => {
    const [caller, callee] = [await phone('first', hosts[0]), await phone('second', hosts[1])];
    const offer = await described({ sdp: description(caller.port, hosts[0]), to: legs[1] });
    const answer = await described({
      role: 'answer',
      sdp: description(callee.port, hosts[1]),
      answererTag: 'b',
      to: legs[0],
      isNew: false,
    });
    await bothHear(caller, answer.sdp, callee, offer.sdp);
    expect(Object.keys(((await query(1)) as NgReply).tags ?? {}).sort()).toEqual(['a', 'b']);
    anchor.release(mediaCallId, 1);
    await vi.waitFor(async () => expect(await query(1)).toBe('Unknown call-id'));
  });

  it('a phone behind a translator is found at the address that it was seen at', async () => {
    const [caller, callee] = [await phone('first'), await phone('second')];
    const offer = await described({ sdp: description(caller.port, '10.99.0.1'), source: '127.0.0.1' });
    await described({ role: 'answer', sdp: description(callee.port), answererTag: 'b', isNew: false });
    await vi.waitFor(() => {
      callee.speak(offer.sdp);
      expect(wordsOf(caller)).toEqual(['second']);
    });
  });

  it('a call that has moved to another node is released there', async () => {
    await described({ sdp: description(4_000), node: 2 });
    anchor.release(mediaCallId, 1);
    await vi.waitFor(async () => expect(await query(2)).toBe('Unknown call-id'));
  });

  it('the same step has the same outcome', async () => {
    const offers = [await described({ sdp: description(4_000) }), await described({ sdp: description(4_000) })];
    expect(offers[1]).toEqual(offers[0]);
    const step = { role: 'answer', sdp: description(5_000), answererTag: 'b', isNew: false } as const;
    expect(await described(step)).toEqual(await described(step));
  });

  it('a re-offer of either side keeps the other side where it was', async () => {
    const offer = await described({ sdp: description(4_000) });
    const answer = await described({ role: 'answer', sdp: description(5_000), answererTag: 'b', isNew: false });
    const again = await described({ sdp: description(4_000), answererTag: 'b', isNew: false });
    const back = await described({ sdp: description(5_000), offererTag: 'b', answererTag: 'a', isNew: false });
    const ports = (each: DescriptionOutcome) => (each.kind === 'described' ? /m=audio \d+/.exec(each.sdp)?.[0] : each);
    expect([ports(again), ports(back)]).toEqual([ports(offer), ports(answer)]);
  });

  it('a browser gets one port with ICE and DTLS, and a phone plain RTP', async () => {
    const toPhone = await described({ sdp: browserDescription, to: plain });
    expect(toPhone.sdp).toMatch(/m=audio \d+ RTP\/AVP 111 0\r\n/);
    expect(toPhone.sdp).not.toMatch(/a=(?:ice|candidate|fingerprint|setup|rtcp-mux|crypto|group)/);
    const step = { role: 'answer', sdp: description(5_000), answererTag: 'b', isNew: false, to: webrtc } as const;
    const toBrowser = await described(step);
    // It has begun as the active side with the offer.
    for (const line of ['a=setup:active', 'a=rtcp-mux', 'a=ice-ufrag:', 'a=fingerprint:sha-256 ', 'a=candidate:'])
      expect(toBrowser.sdp).toContain(line);
    expect(toBrowser.sdp).toMatch(/m=audio \d+ UDP\/TLS\/RTP\/SAVPF 0\r\n/);
    mediaCallId += '-back';
    const offer = await described({ sdp: description(4_000), to: webrtc });
    for (const line of ['a=setup:actpass', 'a=rtcp-mux', 'a=ice-ufrag:', 'a=fingerprint:sha-256 ', 'a=candidate:'])
      expect(offer.sdp).toContain(line);
    expect(offer.sdp).not.toContain('a=crypto');
  });

  it('keys end at the relay, and are made for the side that wants them', async () => {
    const withKeys = `${description(4_000).replace('RTP/AVP', 'RTP/SAVP')}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n`;
    const offer = await described({ sdp: withKeys, to: plain });
    expect(offer.sdp).toMatch(/RTP\/AVP/);
    expect(offer.sdp).not.toContain('a=crypto');
    const step = { role: 'answer', sdp: description(5_000), answererTag: 'b', isNew: false, to: sdes } as const;
    const answer = await described(step);
    expect(answer.sdp).toMatch(/RTP\/SAVP[^]*a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:/);
    expect(answer.sdp).not.toContain('PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR');
    mediaCallId += '-offered';
    const offered = await described({ sdp: description(4_000), to: sdes });
    const suites = [...offered.sdp.matchAll(/a=crypto:\d+ (\S+)/g)].map(([, suite]) => suite);
    expect(suites).toEqual(['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32']);
  });

  it('what is no description is refused, and an answer to nothing too', async () => {
    expect(await describeStep({ sdp: 'nonsense' })).toMatchObject({ kind: 'refused' });
    const answer = { role: 'answer', sdp: description(5_000), answererTag: 'b', isNew: false } as const;
    expect(await describeStep(answer)).toEqual({ kind: 'refused', reason: 'Unknown call-id' });
  });

  it('an answer goes to another node with its offer when its own has died, or has forgotten it', async () => {
    const [caller, callee] = [await phone('first'), await phone('second')];
    const offer = stepOf({ sdp: description(caller.port) });
    await described(offer);
    await engines[0].kill();
    const step = { role: 'answer', sdp: description(callee.port), answererTag: 'b', isNew: false, offer } as const;
    const answer = await described(step);
    expect(answer.node).toBe(2);
    await vi.waitFor(() => {
      caller.speak(answer.sdp);
      expect(wordsOf(callee)).toEqual(['first']);
    });
    await engines[0].restart();
    await vi.waitFor(() => expect(nodes.states.map(({ healthy }) => healthy)).toEqual([true, true]), {
      timeout: 5_000,
    });
    expect((await described(step)).node).toBe(1);
  });

  it('an offer goes to another node when its own has died, and so does a re-offer; an answer alone can not', async () => {
    await described({ sdp: description(4_000) });
    await engines[0].kill();
    const answer = { role: 'answer', sdp: description(5_000), answererTag: 'b', isNew: false } as const;
    expect(await describeStep(answer)).toMatchObject({ kind: 'away' });
    const again = await described({ sdp: description(4_000), answererTag: 'b', isNew: false });
    expect(again.node).toBe(2);
    mediaCallId += '-next';
    expect((await described({ sdp: description(4_000) })).node).toBe(2);
    expect(anchor.place('nat')).toBe(2);
    await engines[0].restart();
    await vi.waitFor(() => expect(nodes.states.map(({ healthy }) => healthy)).toEqual([true, true]), {
      timeout: 5_000,
    });
  });
});
