import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { audioSdp } from '../../testing/focus-phone.js';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import { RecordedConferences } from '../../testing/recorded-conferences.js';

const room = 'sip:team@acme.test';
let under: FocusUnderTest<RecordedConferences>;

function begin(): FocusUnderTest<RecordedConferences> {
  under = new FocusUnderTest(new RecordedConferences());
  return under;
}

afterEach(() => under.close());

describe('dial-in (RFC 4579 §5.1, §5.2)', () => {
  it('answers an INVITE to the conference URI as a focus, and lets the caller in with its ACK', async () => {
    const { conferences } = begin();
    const alice = under.phone('alice');
    alice.invite(room, audioSdp());
    await under.settle();
    const { response } = alice.last('established');
    expect(response.statusCode).toBe(200);
    expect(response.value(Header.Contact)).toBe('<sip:team@acme.test>;isfocus');
    expect(response.value(Header.AllowEvents)).toBe('conference');
    expect(response.list(Header.Allow)).toContain('REFER');
    expect(response.list(Header.Supported)).toEqual(expect.arrayContaining(['timer', 'replaces', 'join']));
    expect(response.body).toContain('m=audio 20000 RTP/AVP 0 101');
    const member = conferences.last;
    expect(member.asked).toMatchObject({
      tenantId: 'acme',
      room: 'team',
      uri: 'sip:alice@acme.test',
      isAuthenticated: true,
      how: 'dialed-in',
      family: 'IP4',
      wantsVideo: false,
    });
    expect(member.isConnected).toBe(true);
    expect(member.media[0]?.audio).toMatchObject({
      remote: { host: '192.0.2.10', port: 4_000 },
      direction: 'sendrecv',
      codec: { encoding: 'PCMU', sendPayloadType: 0, receivePayloadType: 0, ptimeMs: 20 },
      dtmf: { sendPayloadType: 101, clockRate: 8_000 },
    });
  });

  it('takes the answer to an offerless INVITE from its ACK', async () => {
    const { conferences } = begin();
    const alice = under.phone('alice');
    alice.invite(room, '');
    await under.settle();
    expect(conferences.last.isConnected).toBe(false);
    expect(alice.last('established').response.body).toContain('m=audio 20000 RTP/AVP 111 9 8 0 101 110');
    alice.driver.act(() => alice.session.acknowledge({ contentType: 'application/sdp', body: audioSdp(4_002) }));
    await under.settle();
    expect(conferences.last.isConnected).toBe(true);
    expect(conferences.last.media[0]?.audio).toMatchObject({ remote: { port: 4_002 }, codec: { encoding: 'PCMU' } });
  });

  it('hangs up where the ACK of an offerless INVITE has no answer', async () => {
    const { conferences } = begin();
    const alice = under.phone('alice');
    alice.invite(room, '');
    await under.settle();
    alice.driver.act(() => alice.session.acknowledge({}));
    await under.settle();
    expect(alice.last('ended').cause).toBe('bye-received');
    expect(conferences.last).toMatchObject({ isConnected: false, leaving: { how: 'failed' } });
  });

  it('lets go of a caller that hangs up', async () => {
    const { conferences, focus } = begin();
    const alice = under.phone('alice');
    alice.invite(room);
    await under.settle();
    alice.driver.act((now) => alice.session.bye(now));
    await under.settle();
    expect(conferences.last.leaving).toEqual({ how: 'departed', why: 'hung up' });
    expect(focus.calls.size).toEqual({ sessions: 0, invites: 0 });
    expect(alice.types()).toContain('ended');
  });

  it('lets a guest of another tenant into a room of the one that it calls', async () => {
    const { conferences } = begin();
    const gina = under.phone('gina', 'globex');
    gina.terminatingTenantId = 'acme';
    gina.invite(room);
    await under.settle();
    expect(conferences.last.asked).toMatchObject({ tenantId: 'acme', uri: 'sip:gina@globex.test' });
  });

  it('gives up a join that is cancelled before the room answers', async () => {
    const { conferences, focus } = begin();
    const open = Promise.withResolvers<void>();
    conferences.gate = open.promise;
    const alice = under.phone('alice');
    const call = alice.invite(room);
    await under.pass(300);
    alice.driver.act((now) => call.cancel(now));
    await under.settle();
    expect(alice.last('failed').statusCode).toBe(487);
    open.resolve();
    await under.settle();
    expect(conferences.last.leaving?.how).toBe('departed');
    expect(focus.calls.size).toEqual({ sessions: 0, invites: 0 });
  });

  it('hangs up with a reason where the room sends a member away', async () => {
    const { conferences } = begin();
    const alice = under.phone('alice');
    alice.invite(room);
    await under.settle();
    conferences.last.asked.leg.hangUp({ text: 'Déjà fini' });
    await under.settle();
    const text = Buffer.from('Déjà fini').toString('latin1');
    expect(alice.lastRequest('BYE').value(Header.Reason)).toBe(`SIP;cause=200;text="${text}"`);
    expect(alice.last('ended').cause).toBe('bye-received');
  });

  it('ends a member whose phone never acknowledges', async () => {
    const { conferences, focus } = begin();
    const alice = under.phone('alice');
    alice.invite(room, '');
    await under.pass(40_000);
    expect(conferences.last.leaving).toEqual({ how: 'failed', why: 'the phone did not acknowledge the answer' });
    expect(focus.calls.size.sessions).toBe(0);
  });

  it('sends BYE by another edge where the one of the call is gone', async () => {
    const { conferences } = begin();
    const alice = under.phone('alice');
    const elsewhere = under.phone('nobody');
    alice.invite(room);
    await under.settle();
    alice.link.close();
    await under.settle();
    elsewhere.refused = new Map([['BYE', 200]]);
    conferences.last.asked.leg.hangUp({ text: 'over' });
    await under.settle();
    expect(elsewhere.methods()).toEqual(['BYE']);
  });
});

describe('conference factory (RFC 4579 §5.4)', () => {
  it('makes a room whose URI is in the Contact, with the caller as its owner', async () => {
    const { conferences } = begin();
    const alice = under.phone('alice');
    alice.invite('sip:conference-factory@acme.test');
    await under.settle();
    expect(alice.last('established').response.value(Header.Contact)).toBe('<sip:adhoc-000000000001@acme.test>;isfocus');
    expect(conferences.last.asked).toMatchObject({ room: 'adhoc-000000000001', how: 'focus-owner' });
    alice.invite('sip:conference-factory@acme.test');
    await under.settle();
    expect(conferences.last.asked.room).toBe('adhoc-000000000002');
  });
});

describe('what is refused', () => {
  it.each<[what: string, uri: string, sdp: string, statusCode: number, warning: string]>([
    ['a name that no room has', 'sip:no%20room@acme.test', audioSdp(), 404, 'There is no such conference'],
    ['a description that is none', room, 'v=1', 400, ''],
    ['no audio', room, audioSdp().replace('m=audio', 'm=text'), 488, '304 conference-focus'],
    ['codecs of nobody', room, audioSdp().replace(/AVP .*/, 'AVP 18'), 488, '305 conference-focus'],
    ['keys by DTLS', room, audioSdp().replace('RTP/AVP', 'UDP/TLS/RTP/SAVPF'), 488, '302 conference-focus'],
  ])('%s', async (_what, uri, sdp, statusCode, warning) => {
    const { conferences, focus } = begin();
    const alice = under.phone('alice');
    alice.invite(uri, sdp);
    await under.settle();
    expect(alice.last('failed').response?.statusCode).toBe(statusCode);
    expect(alice.last('failed').response?.value(Header.Warning) ?? '').toContain(warning);
    expect(conferences.members).toEqual([]);
    expect(focus.calls.size).toEqual({ sessions: 0, invites: 0 });
  });

  it('what the room refuses, in the words of the room', async () => {
    const { conferences } = begin();
    conferences.refuses = {
      kind: 'refused',
      statusCode: 486,
      reasonPhrase: 'Conference Is Full',
      headers: [['Retry-After', '60']],
      why: 'full',
    };
    const alice = under.phone('alice');
    alice.invite(room);
    await under.settle();
    const { response } = alice.last('failed');
    expect(response).toMatchObject({ statusCode: 486, reasonPhrase: 'Conference Is Full' });
    expect(response?.value(Header.RetryAfter)).toBe('60');
    expect(response?.value(Header.Warning)).toBe('399 conference-focus "Conference Is Full"');
  });

  it('plain media where the room wants SRTP', async () => {
    const { conferences, focus } = begin();
    conferences.media = { srtpRequired: true, video: false };
    const alice = under.phone('alice');
    alice.invite(room);
    await under.settle();
    expect(alice.last('failed').response?.value(Header.Warning)).toContain('encrypted media only');
    expect(conferences.last.leaving?.how).toBe('failed');
    expect(focus.calls.size).toEqual({ sessions: 0, invites: 0 });
  });

  it.each<[headers: readonly (readonly [string, string])[], statusCode: number]>([
    [[['Require', 'timer, 100rel, replaces']], 420],
    [[['Content-Type', 'text/plain']], 415],
  ])('%j', async (headers, statusCode) => {
    begin();
    const alice = under.phone('alice');
    alice.driver.act(() =>
      alice.driver.core.invite(
        alice.initial(room, {
          headers,
          ...(statusCode === 415 ? {} : { contentType: 'application/sdp' }),
          body: audioSdp(),
        }),
        alice.contact,
      ),
    );
    await under.settle();
    const { response } = alice.last('failed');
    expect(response?.statusCode).toBe(statusCode);
    expect(response?.value(Header.Unsupported)).toBe(statusCode === 420 ? '100rel' : undefined);
  });
});
