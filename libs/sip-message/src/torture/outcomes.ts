/**
 * What becomes of each message of RFC 4475 and RFC 5118, as data for the tests of every layer. `layer` names the one that
 * decides; the layers below it pass the message on.
 */
export type TortureLayer = 'message' | 'transaction' | 'proxy' | 'authentication' | 'registrar' | 'user-agent';

export type TortureOutcome =
  /** Routed, or as a response matched to a transaction and otherwise dropped in silence. */
  | { readonly kind: 'accept' }
  /** Answered with one of these status codes. */
  | { readonly kind: 'answer'; readonly statusCodes: readonly number[] }
  /** Never answered, never forwarded. */
  | { readonly kind: 'drop' };

export interface TortureRow {
  /** The file's name below `fixtures/torture`. */
  readonly file: string;
  /** The section that describes it. */
  readonly section: string;
  readonly layer: TortureLayer;
  readonly outcome: TortureOutcome;
  /** On failure at the message layer: the stable code of the ParseFailure. */
  readonly code?: string;
  /** What is hard about it, and for a choice between 400 and lenience, the reason. */
  readonly why: string;
}

const ACCEPT: TortureOutcome = { kind: 'accept' };
const DROP: TortureOutcome = { kind: 'drop' };
const answer = (...statusCodes: number[]): TortureOutcome => ({ kind: 'answer', statusCodes });

type Row = readonly [
  name: string,
  section: string,
  layer: TortureLayer,
  outcome: TortureOutcome,
  why: string,
  code?: string,
];

const RFC4475_ROWS: readonly Row[] = [
  [
    'wsinv',
    '3.1.1.1',
    'message',
    ACCEPT,
    'Folding, white space around every separator, empty Subject, compact forms, unusual unknown headers',
  ],
  [
    'intmeth',
    '3.1.1.2',
    'message',
    ACCEPT,
    'Every character that a method, user part, tag, Call-ID or quoted string may hold, NUL after a backslash included',
  ],
  [
    'esc01',
    '3.1.1.3',
    'message',
    ACCEPT,
    'Escapes in URIs are kept: %40 in the user does not separate, %6C%72 names the lr parameter',
  ],
  ['escnull', '3.1.1.4', 'registrar', ACCEPT, 'Two contacts that differ only after %00: both are kept'],
  [
    'esc02',
    '3.1.1.5',
    'message',
    ACCEPT,
    'No escapes exist in methods, header names or quoted strings: the method is not REGISTER',
  ],
  ['lwsdisp', '3.1.1.6', 'message', ACCEPT, 'No white space between display name and <'],
  ['longreq', '3.1.1.7', 'message', ACCEPT, 'Long values, 34 Via headers in every spelling'],
  ['dblreq', '3.1.1.8', 'message', ACCEPT, 'A second request in the datagram, after Content-Length, is ignored'],
  ['semiuri', '3.1.1.9', 'message', ACCEPT, 'The semicolon belongs to the user part'],
  ['transports', '3.1.1.10', 'message', ACCEPT, 'Known and unknown transports in Via'],
  ['mpart01', '3.1.1.11', 'message', ACCEPT, 'A binary multipart body keeps its bytes'],
  ['unreason', '3.1.1.12', 'message', ACCEPT, 'A reason phrase in UTF-8'],
  ['noreason', '3.1.1.13', 'message', ACCEPT, 'An empty reason phrase'],
  ['badinv01', '3.1.2.1', 'message', answer(400), 'Empty parameters and elements in Via and Contact', 'via'],
  [
    'clerr',
    '3.1.2.2',
    'message',
    answer(400),
    'Content-Length beyond the datagram; on a stream the framer never sees its end',
    'content-length',
  ],
  ['ncl', '3.1.2.3', 'message', answer(400), 'A negative Content-Length', 'content-length'],
  ['scalar02', '3.1.2.4', 'message', answer(400), 'CSeq beyond 32 bits', 'cseq'],
  ['scalarlg', '3.1.2.5', 'message', DROP, 'A response with CSeq beyond 32 bits', 'cseq'],
  ['quotbal', '3.1.2.6', 'message', answer(400), 'A quoted string that does not end', 'to'],
  ['ltgtruri', '3.1.2.7', 'message', answer(400), 'The Request-URI stands between < and >', 'request-uri-scheme'],
  ['lwsruri', '3.1.2.8', 'message', answer(400), 'White space within the Request-URI', 'request-line'],
  [
    'lwsstart',
    '3.1.2.9',
    'message',
    answer(400),
    'Two spaces in the request line. Strict: messages are forwarded by copying, and the RFC forbids forwarding the extra space',
    'request-line',
  ],
  [
    'trws',
    '3.1.2.10',
    'message',
    answer(400),
    'Spaces after the SIP version. Strict for the same reason as lwsstart',
    'request-line',
  ],
  [
    'escruri',
    '3.1.2.11',
    'message',
    answer(400),
    'Headers in the Request-URI. Strict: RFC 3261 §19.1.1 forbids them there, and honouring or forwarding them would let a URI inject a Route',
    'request-uri-headers',
  ],
  [
    'baddate',
    '3.1.2.12',
    'message',
    ACCEPT,
    'Date is not in GMT. Lenient: nothing here depends on a request’s Date, and it is passed on unread',
  ],
  [
    'regbadct',
    '3.1.2.13',
    'registrar',
    answer(400),
    'A Contact with ? without < and >: where the URI ends is not certain, so parseContacts fails',
  ],
  [
    'badaspec',
    '3.1.2.14',
    'message',
    answer(400),
    'Spaces between < and the URI. Strict: no URI has spaces, no known peer sends them, and copying would pass the fault on',
    'to',
  ],
  [
    'baddn',
    '3.1.2.15',
    'message',
    ACCEPT,
    'A comma in an unquoted display name. Lenient: From and To hold one address, so the comma can not separate; gateways send this. The missing empty line is certain too, as the datagram ends',
  ],
  ['badvers', '3.1.2.16', 'message', answer(505), 'SIP/7.0', 'version'],
  ['mismatch01', '3.1.2.17', 'message', answer(400), 'CSeq has another method than the request line', 'cseq-method'],
  ['mismatch02', '3.1.2.18', 'message', answer(400), 'The same with an unknown method', 'cseq-method'],
  ['bigcode', '3.1.2.19', 'message', DROP, 'A status code that overflows 32 bits to 5', 'status-code'],
  [
    'badbranch',
    '3.2.1',
    'transaction',
    ACCEPT,
    'A branch that is only the magic cookie: matched by the RFC 2543 rules (§17.2.3)',
  ],
  [
    'insuf',
    '3.3.1',
    'message',
    answer(400),
    'From, To and Call-ID are missing: the answer lacks them too',
    'missing-from',
  ],
  ['unkscm', '3.3.2', 'proxy', answer(416), 'An unknown scheme in the Request-URI'],
  ['novelsc', '3.3.3', 'proxy', answer(416), 'A known scheme that is none of SIP'],
  [
    'unksm2',
    '3.3.4',
    'registrar',
    answer(400, 403, 404, 416),
    'Unknown schemes in To, From and Contact: refused, nothing crashes',
  ],
  [
    'bext01',
    '3.3.5',
    'proxy',
    answer(420),
    'Proxy-Require at a proxy, Require at the user agent server: Unsupported names only what applies to the element',
  ],
  ['invut', '3.3.6', 'user-agent', answer(415), 'An unknown body type; a proxy forwards'],
  [
    'regaut01',
    '3.3.7',
    'authentication',
    answer(401),
    'An unknown Authorization scheme is ignored, so there are no credentials',
  ],
  ['multi01', '3.3.8', 'message', answer(400), 'CSeq, Call-ID, To, From, Max-Forwards come twice', 'repeated-header'],
  ['mcl01', '3.3.9', 'message', answer(400), 'Two Content-Lengths', 'repeated-header'],
  [
    'bcast',
    '3.3.10',
    'proxy',
    DROP,
    'A response whose second Via is the broadcast address: the topmost is not ours, so it is not forwarded',
  ],
  ['zeromf', '3.3.11', 'proxy', answer(483), 'Max-Forwards is 0: never forwarded'],
  ['cparam01', '3.3.12', 'registrar', ACCEPT, 'Without < and > the parameter is the header’s, not the URI’s'],
  ['cparam02', '3.3.13', 'registrar', ACCEPT, 'Between < and > the parameter is the URI’s'],
  ['regescrt', '3.3.14', 'registrar', ACCEPT, 'An escaped Route in a contact is stored and returned'],
  [
    'sdp01',
    '3.3.15',
    'user-agent',
    answer(406, 488),
    'Accept lists nothing the element could answer with; a proxy forwards',
  ],
  [
    'inv2543',
    '3.4.1',
    'transaction',
    ACCEPT,
    'No branch, no From tag, no Max-Forwards, no Content-Length: an RFC 2543 peer',
  ],
];

const RFC5118_ROWS: readonly Row[] = [
  ['ipv6-good', '4.1', 'message', ACCEPT, 'An IPv6 reference in the Request-URI'],
  ['ipv6-bad', '4.2', 'message', answer(400), 'An IPv6 address without brackets', 'request-uri-host'],
  ['port-ambiguous', '4.3', 'message', ACCEPT, 'The last group looks like a port but stands between the brackets'],
  ['port-unambiguous', '4.4', 'message', ACCEPT, 'A port after the brackets'],
  ['via-received-param-with-delim', '4.5', 'message', ACCEPT, 'received between brackets'],
  ['via-received-param-no-delim', '4.5', 'message', ACCEPT, 'received without brackets'],
  ['ipv6-in-sdp', '4.6', 'message', ACCEPT, 'IPv6 in the session description'],
  ['mult-ip-in-header', '4.7', 'message', ACCEPT, 'IPv4 and IPv6 in one Via list'],
  ['mult-ip-in-sdp', '4.8', 'message', ACCEPT, 'IPv4 and IPv6 in one session description'],
  ['ipv4-mapped-ipv6', '4.9', 'message', ACCEPT, 'IPv4-mapped addresses'],
  [
    'ipv6-bug-abnf-3-colons',
    '4.10',
    'message',
    ACCEPT,
    'Three colons, which RFC 3261’s grammar allowed: taken for two',
  ],
  ['ipv6-correct-abnf-2-colons', '4.10', 'message', ACCEPT, 'The same address written right'],
];

function rowsOf(rows: readonly Row[], file: (name: string) => string): readonly TortureRow[] {
  return rows.map(([name, section, layer, outcome, why, code]) => ({
    file: file(name),
    section,
    layer,
    outcome,
    why,
    ...(code === undefined ? {} : { code }),
  }));
}

/** The 49 messages of RFC 4475. */
export const RFC4475: readonly TortureRow[] = rowsOf(RFC4475_ROWS, (name) => `rfc4475/${name}.dat`);
/** The 12 messages of RFC 5118. */
export const RFC5118: readonly TortureRow[] = rowsOf(RFC5118_ROWS, (name) => `rfc5118/${name}`);
