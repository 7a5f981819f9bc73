import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  addressOfRecord,
  buildResponse,
  type ContactValue,
  Header,
  type HeaderFailure,
  parseContacts,
  parseMessage,
  parseUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  StreamFramer,
} from '../index.js';
import { RFC4475, RFC5118, type TortureRow } from './outcomes.js';

const FIXTURES = new URL('../../fixtures/torture/', import.meta.url);

function read(file: string): string {
  return readFileSync(new URL(file, FIXTURES), 'latin1');
}

function message(file: string): SipMessage {
  const parsed = parseMessage(read(file));
  if (parsed.kind === 'failure') throw new Error(`${file}: ${parsed.reason}`);
  return parsed;
}

const request = (name: string): SipRequest => message(`rfc4475/${name}.dat`) as SipRequest;
const response = (name: string): SipResponse => message(`rfc4475/${name}.dat`) as SipResponse;

function contacts(of: SipMessage): readonly ContactValue[] {
  const parsed = parseContacts(of);
  if (parsed === '*' || 'code' in parsed) throw new Error('no contacts');
  return parsed;
}

function scheme(text: string): string {
  const uri = parseUri(text);
  return uri.kind === 'failure' ? `failure: ${uri.code}` : uri.scheme;
}

/** What the layer that decides needs to see, where parsing alone says too little. */
const EXPOSED: Readonly<Record<string, () => void>> = {
  wsinv: () => {
    const invite = request('wsinv');
    expect(invite.maxForwards).toBe(68);
    expect(invite.cseq).toEqual({ number: 9, method: 'INVITE' });
    expect(invite.toTag).toBe('1918181833n');
    expect(invite.fromTag).toBe('98asjd8');
    expect(invite.from.displayName).toBe('J Rosenberg \\"');
    expect(invite.topmostVia).toMatchObject({
      protocol: 'SIP/2.0',
      transport: 'UDP',
      host: '192.0.2.2',
      branch: '390skdjuw',
    });
    expect(invite.list(Header.Via)).toHaveLength(3);
    expect(invite.value(Header.Subject)).toBe('');
    expect(invite.named('newfangledheader')).toEqual(['newfangled value continued newfangled value']);
    const [contact] = contacts(invite);
    expect(contact).toMatchObject({ displayName: 'Quoted string ""', uri: 'sip:jdrosen@example.com', q: 330 });
    expect(contact?.params.get('newparam')).toBe('newvalue');
    expect(invite.body).toHaveLength(150);
  },
  intmeth: () => {
    const odd = request('intmeth');
    expect(odd.method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
    const uri = parseUri(odd.requestUri);
    expect(uri).toMatchObject({ kind: 'sip', user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*" });
    expect(uri).toMatchObject({ password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)", host: 'example.com' });
    expect(odd.to.displayName).toBe('BEL:\x07 NUL:\x00 DEL:\x7f');
    expect(odd.fromTag).toBe("_token~1'+`*%!-.");
    expect(odd.callId).toBe('intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{');
    expect(odd.maxForwards).toBe(255);
  },
  esc01: () => {
    const invite = request('esc01');
    expect(invite.requestUri).toBe('sip:sips%3Auser%40example.com@example.net');
    expect(parseUri(invite.requestUri)).toMatchObject({ user: 'sips%3Auser%40example.com', host: 'example.net' });
    const contact = parseUri(contacts(invite)[0]?.uri ?? '');
    if (contact.kind !== 'sip') throw new Error('no SIP URI');
    expect(contact.params.get('lr')).toBe('');
    expect(contact.params.get('name')).toBe('v%61lue%25%34%31');
  },
  escnull: () => {
    const [first, second] = contacts(request('escnull')).map((contact) => parseUri(contact.uri));
    if (first?.kind !== 'sip' || second?.kind !== 'sip') throw new Error('no SIP URIs');
    expect([first.user, second.user]).toEqual(['%00', '%00%00']);
    expect(addressOfRecord(first)).toBe('sip:%00@host5.example.com');
    expect(addressOfRecord(second)).not.toBe(addressOfRecord(first));
  },
  esc02: () => {
    const notRegister = request('esc02');
    expect(notRegister.method).toBe('RE%47IST%45R');
    expect(notRegister.to.displayName).toBe('%Z%45');
    expect(notRegister.values(Header.Contact)).toHaveLength(2);
    expect(notRegister.named('C%6Fntact')).toEqual(['<sip:alias2@host2.example.com>']);
  },
  lwsdisp: () =>
    expect(request('lwsdisp').from).toMatchObject({ displayName: 'caller', uri: 'sip:caller@example.com' }),
  longreq: () => {
    expect(request('longreq').values(Header.Via)).toHaveLength(34);
    expect(request('longreq').topmostVia).toMatchObject({ transport: 'TCP', host: 'sip33.example.com' });
  },
  dblreq: () => {
    expect(request('dblreq').body).toBe('');
    expect(request('dblreq').callId).toBe('dblreq.0ha0isndaksdj99sdfafnl3lk233412');
  },
  semiuri: () => {
    const uri = parseUri(request('semiuri').requestUri);
    expect(uri).toMatchObject({ kind: 'sip', user: 'user;par=u%40example.net', host: 'example.com' });
    expect(request('semiuri').list(Header.Accept)).toHaveLength(6);
  },
  transports: () => expect(request('transports').values(Header.Via)).toHaveLength(5),
  mpart01: () => {
    expect(request('mpart01').body).toHaveLength(553);
    expect(request('mpart01').body).toContain('0\x82\x01R\x06\t*\x86H\x86\xf7');
  },
  unreason: () => expect(response('unreason').reasonPhrase).toMatch(/^= 2\*\*3 \* 5\*\*2 \u00d0\u00bd/),
  noreason: () => expect(response('noreason')).toMatchObject({ statusCode: 100, reasonPhrase: '' }),
  regbadct: () => expect((parseContacts(request('regbadct')) as HeaderFailure).code).toBe('address-syntax'),
  baddate: () => expect(request('baddate').value(Header.Date)).toBe('Fri, 01 Jan 2010 16:00:00 EST'),
  baddn: () =>
    expect(request('baddn').from).toMatchObject({ displayName: 'Bell, Alexander', uri: 'sip:a.g.bell@example.com' }),
  badbranch: () => expect(request('badbranch').topmostVia.branch).toBe('z9hG4bK'),
  unkscm: () => expect(scheme(request('unkscm').requestUri)).toBe('nobodyknowsthisscheme'),
  novelsc: () => expect(scheme(request('novelsc').requestUri)).toBe('soap.beep'),
  unksm2: () => {
    const register = request('unksm2');
    expect(scheme(register.to.uri)).toBe('isbn');
    expect(scheme(register.from.uri)).toBe('http');
    expect(contacts(register).map((contact) => scheme(contact.uri))).toEqual(['name']);
  },
  bext01: () => {
    expect(request('bext01').list(Header.Require)).toEqual(['nothingSupportsThis', 'nothingSupportsThisEither']);
    expect(request('bext01').list(Header.ProxyRequire)).toEqual(['noProxiesSupportThis', 'norDoAnyProxiesSupportThis']);
  },
  invut: () => expect(request('invut').value(Header.ContentType)).toBe('application/unknownformat'),
  regaut01: () =>
    expect(request('regaut01').values(Header.Authorization)).toEqual(['NoOneKnowsThisScheme opaque-data=here']),
  bcast: () => {
    expect(response('bcast').topmostVia.host).toBe('192.0.2.198');
    expect(response('bcast').list(Header.Via)[1]).toContain('255.255.255.255');
  },
  zeromf: () => expect(request('zeromf').maxForwards).toBe(0),
  cparam01: () => {
    const [contact] = contacts(request('cparam01'));
    expect(contact?.uri).toBe('sip:+19725552222@gw1.example.net');
    expect(contact?.params.get('unknownparam')).toBe('');
  },
  cparam02: () => {
    const [contact] = contacts(request('cparam02'));
    expect(contact?.uri).toBe('sip:+19725552222@gw1.example.net;unknownparam');
    expect(contact?.params.has('unknownparam')).toBe(false);
  },
  regescrt: () => {
    const [contact] = contacts(request('regescrt'));
    expect(parseUri(contact?.uri ?? '')).toMatchObject({ kind: 'sip', headers: 'Route=%3Csip:sip.example.com%3E' });
  },
  sdp01: () => expect(request('sdp01').list(Header.Accept)).toEqual(['text/nobodyKnowsThis']),
  inv2543: () => {
    const invite = request('inv2543');
    expect(invite.topmostVia.branch).toBeUndefined();
    expect(invite.fromTag).toBeUndefined();
    expect(invite.maxForwards).toBeUndefined();
    expect(invite.from.params.get('user')).toBeUndefined();
    expect(invite.to.params.get('user')).toBe('phone');
    expect(invite.body).toMatch(/^v=0/);
  },
  'ipv6-good': () => expect(uriOf('ipv6-good')).toMatchObject({ host: '[2001:db8::10]', port: undefined }),
  'port-ambiguous': () =>
    expect(uriOf('port-ambiguous')).toMatchObject({ host: '[2001:db8::10:5070]', port: undefined }),
  'port-unambiguous': () => expect(uriOf('port-unambiguous')).toMatchObject({ host: '[2001:db8::10]', port: 5070 }),
  'via-received-param-with-delim': () =>
    expect(message('rfc5118/via-received-param-with-delim').topmostVia.received).toBe('2001:db8::9:255'),
  'via-received-param-no-delim': () =>
    expect(message('rfc5118/via-received-param-no-delim').topmostVia.received).toBe('2001:db8::9:255'),
  'ipv6-in-sdp': () => expect(message('rfc5118/ipv6-in-sdp').body).toContain('c=IN IP6 2001:db8::20'),
  'mult-ip-in-header': () => expect(message('rfc5118/mult-ip-in-header').list(Header.Via)).toHaveLength(3),
  'mult-ip-in-sdp': () => expect(message('rfc5118/mult-ip-in-sdp').body).toContain('c=IN IP6 2001:db8::1'),
  'ipv4-mapped-ipv6': () =>
    expect(message('rfc5118/ipv4-mapped-ipv6').topmostVia).toMatchObject({ host: '[::ffff:192.0.2.10]', port: 19823 }),
  'ipv6-bug-abnf-3-colons': () => {
    const uri = uriOf('ipv6-bug-abnf-3-colons');
    expect(uri).toMatchObject({ user: 'user', host: '[2001:db8:::192.0.2.1]' });
  },
  'ipv6-correct-abnf-2-colons': () =>
    expect(uriOf('ipv6-correct-abnf-2-colons')).toMatchObject({ host: '[2001:db8::192.0.2.1]' }),
};

function uriOf(name: string): object {
  return parseUri((message(`rfc5118/${name}`) as SipRequest).requestUri);
}

/** The name under which a row's expectations are listed. */
const nameOf = (row: TortureRow): string => row.file.replace(/^.*\//, '').replace(/\.dat$/, '');

interface Verdict {
  readonly accepted: boolean;
  readonly code?: string | undefined;
  readonly answeredWith?: number | undefined;
  /** Whether the answer reads back as a response: not when what it has to copy is at fault. */
  readonly answerIsReadable?: boolean;
}

/** What this layer does with the message. */
function verdict(file: string): Verdict {
  const parsed = parseMessage(read(file));
  if (parsed.kind !== 'failure') return { accepted: true };
  if (parsed.offset < 0 || parsed.offset > read(file).length) throw new Error(`offset ${parsed.offset} is outside`);
  if (parsed.partial === undefined) return { accepted: false, code: parsed.code };
  const answer = parseMessage(buildResponse(parsed.partial, parsed.statusCode, { toTag: 'answered' }));
  return {
    accepted: false,
    code: parsed.code,
    answeredWith: parsed.statusCode,
    answerIsReadable: answer.kind === 'response' && answer.statusCode === parsed.statusCode,
  };
}

const FAULT_IS_COPIED: ReadonlySet<string | undefined> = new Set(['via', 'to', 'cseq', 'missing-from', 'version']);

/** What the table says that this layer does: it lets pass what another decides. */
function expectedVerdict(row: TortureRow): Verdict {
  if (row.layer !== 'message' || row.outcome.kind === 'accept') return { accepted: true };
  if (row.outcome.kind === 'drop') return { accepted: false, code: row.code };
  return {
    accepted: false,
    code: row.code,
    answeredWith: row.outcome.statusCodes[0],
    answerIsReadable: !FAULT_IS_COPIED.has(row.code),
  };
}

const ROWS = [...RFC4475, ...RFC5118];
const titled = (rows: readonly TortureRow[]) =>
  rows.map((row) => [nameOf(row), row.section, row.layer, row.outcome, row] as const);

describe('RFC 4475', () => {
  it('has all 49 messages', () => {
    const files = readdirSync(new URL('rfc4475', FIXTURES)).filter((file) => file !== 'test.dat');
    expect(RFC4475.map((row) => row.file.slice(8)).sort()).toEqual(files.sort());
    expect(RFC4475).toHaveLength(49);
  });

  it.each(titled(RFC4475))('%s (§%s): the %s layer decides: %j', (_name, _section, _layer, _outcome, row) => {
    expect(verdict(row.file)).toEqual(expectedVerdict(row));
  });

  it('test.dat, which the archive holds beside them, has no Via and no version: dropped', () => {
    expect(verdict('rfc4475/test.dat')).toEqual({ accepted: false, code: 'request-line' });
  });
});

describe('RFC 5118', () => {
  it('has all 12 messages', () => {
    expect(RFC5118.map((row) => row.file.slice(8)).sort()).toEqual(readdirSync(new URL('rfc5118', FIXTURES)).sort());
    expect(RFC5118).toHaveLength(12);
  });

  it.each(titled(RFC5118))('%s (§%s): the %s layer decides: %j', (_name, _section, _layer, _outcome, row) => {
    expect(verdict(row.file)).toEqual(expectedVerdict(row));
  });
});

describe('what an accepted message exposes', () => {
  it('is asserted for each', () => {
    const accepted = ROWS.filter((row) => expectedVerdict(row).accepted).map(nameOf);
    expect(Object.keys(EXPOSED).sort()).toEqual(accepted.sort());
  });

  it.each(Object.entries(EXPOSED))('%s', (_name, check) => {
    expect.hasAssertions();
    check();
  });
});

describe('on a stream', () => {
  function framed(file: string): StreamFramer {
    const framer = new StreamFramer({ maxMessageBytes: 65_536 });
    framer.push(readFileSync(new URL(file, FIXTURES)));
    return framer;
  }

  it('clerr never completes, and its truncated end is an error that can be answered', () => {
    const framer = framed('rfc4475/clerr.dat');
    expect(framer.next()).toEqual({ kind: 'incomplete' });
    expect(framer.end()).toMatchObject({ kind: 'error', code: 'truncated' });
    expect(framer.next()).toMatchObject({ kind: 'error', code: 'truncated' });
  });

  it.each([
    ['ncl', 'content-length-malformed'],
    ['mcl01', 'content-length-repeated'],
    ['inv2543', 'content-length-missing'],
  ])('%s is the framing error %s', (name, code) => {
    const framer = framed(`rfc4475/${name}.dat`);
    expect(framer.next()).toMatchObject({ kind: 'error', code });
    framer.push(readFileSync(new URL('rfc4475/wsinv.dat', FIXTURES)));
    expect(framer.next()).toMatchObject({ kind: 'error', code });
  });

  it('dblreq is two messages', () => {
    const framer = framed('rfc4475/dblreq.dat');
    const kinds = [framer.next(), framer.next(), framer.next()].map((frame) => frame.kind);
    expect(kinds).toEqual(['message', 'pong', 'message']);
  });
});
