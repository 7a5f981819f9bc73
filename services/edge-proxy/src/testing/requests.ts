import { answerChallenge, selectChallenges } from '@ringdown/sip-auth';
import {
  edit,
  Header,
  type HeaderField,
  headerName,
  parseMessage,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip-message';
import type { Peer } from './peer.js';
import { passwordOf } from './tables.js';

export interface Written {
  readonly method?: string;
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly maxForwards?: number;
  readonly contact?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly via?: string;
  readonly body?: string;
}

let calls = 0;

export const sdp = (port: number): string =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;

/** A request of a peer's: an INVITE from alice to bob unless told otherwise. */
export function write(peer: Pick<Peer, 'via' | 'contact'>, written: Written = {}): string {
  const { method = 'INVITE', uri = 'sip:bob@example.com', from = '<sip:alice@example.com>;tag=a1', cseq = 1 } = written;
  calls += written.callId === undefined ? 1 : 0;
  const body = written.body ?? '';
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: ${written.via ?? peer.via()}`,
    `Max-Forwards: ${written.maxForwards ?? 70}`,
    `From: ${from}`,
    `To: ${written.to ?? `<${uri}>`}`,
    `Call-ID: ${written.callId ?? `call-${calls}@test`}`,
    `CSeq: ${cseq} ${method}`,
    `Contact: <${written.contact ?? peer.contact('alice')}>`,
    ...(written.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** A request without a peer, for what only reads one. */
export function requestOf(written: Written = {}): SipRequest {
  return parsed(write(nobody, written));
}

const nobody: Pick<Peer, 'via' | 'contact'> = {
  via: () => 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKnobody',
  contact: (user) => `sip:${user}@192.0.2.1`,
};

export function parsed(text: string): SipRequest {
  const message = parseMessage(text);
  if (message.kind !== 'request') throw new Error('no request');
  return message;
}

/** The ACK to a final response other than 2xx: part of the transaction (RFC 3261 §17.1.1.3). */
export function acknowledge(peer: Peer, request: SipRequest, response: SipResponse): void {
  peer.send(
    edit(request)
      .replace(Header.To, response.value(Header.To) ?? '')
      .replace(Header.CSeq, `${request.cseq.number} ACK`)
      .toString()
      .replace(/^INVITE /, 'ACK '),
  );
}

/** The same request as a new transaction, with the challenges of a 401 or 407 answered for this user. */
export function answered(
  peer: Peer,
  request: SipRequest,
  challenged: SipResponse,
  username: string,
  over: { readonly password?: string; readonly nonceCount?: number; readonly pick?: string } = {},
): string {
  const [challengeId, answerId] =
    challenged.statusCode === 401
      ? ([Header.WwwAuthenticate, Header.Authorization] as const)
      : ([Header.ProxyAuthenticate, Header.ProxyAuthorization] as const);
  const values = challenged.values(challengeId);
  const wanted = over.pick === undefined ? values : values.filter((value) => value.includes(`algorithm=${over.pick}`));
  const challenge = selectChallenges(wanted)[0];
  if (challenge === undefined) throw new Error(`no challenge to answer among ${values.join(' | ')}`);
  const value = answerChallenge(challenge, {
    method: request.method,
    uri: request.requestUri,
    username,
    password: over.password ?? passwordOf(username),
    cnonce: 'cnonce-of-the-test',
    nonceCount: over.nonceCount ?? 1,
  });
  if (value === undefined) throw new Error('the challenge has an algorithm that is not known');
  return edit(request)
    .replaceTopmost(Header.Via, peer.via())
    .replace(Header.CSeq, `${request.cseq.number + 1} ${request.method}`)
    .append(answerId, value)
    .toString();
}

/** Sends a request; answers the edge's challenge for this user. Returns what was sent in the end, once the edge has taken it or answered it. */
export async function sendAs(peer: Peer, username: string, text: string): Promise<SipRequest> {
  peer.send(text);
  const first = parsed(text);
  const challenged = await peer.final(first);
  if (challenged.statusCode !== 401 && challenged.statusCode !== 407)
    throw new Error(`expected a challenge, got ${challenged.statusCode} ${challenged.reasonPhrase}`);
  if (first.method === 'INVITE') acknowledge(peer, first, challenged);
  const second = answered(peer, first, challenged, username);
  peer.send(second);
  return parsed(second);
}

/** The final response to what `sendAs` sent, acknowledged if that was an INVITE and it failed. */
export async function outcome(peer: Peer, sent: SipRequest): Promise<SipResponse> {
  const response = await peer.final(sent);
  if (sent.method === 'INVITE' && response.statusCode >= 300) acknowledge(peer, sent, response);
  return response;
}

/** A request within the dialog that `response` made, from the side that sent `invite`. */
export function within(
  peer: Peer,
  invite: SipRequest,
  response: SipResponse,
  method: string,
  over: { readonly cseq?: number; readonly headers?: readonly HeaderField[]; readonly uri?: string } = {},
): string {
  const target = over.uri ?? /<([^>]+)>/.exec(response.value(Header.Contact) ?? '')?.[1] ?? invite.requestUri;
  // RFC 3261 §12.1.2: the caller's route set is the Record-Route in reverse.
  const routes = [...response.list(Header.RecordRoute)].reverse();
  return written(
    peer,
    method,
    target,
    routes,
    invite.value(Header.From) ?? '',
    response.value(Header.To) ?? '',
    invite.callId,
    over,
  );
}

/** The same from the side that got the INVITE. */
export function withinAsCallee(
  peer: Peer,
  invite: SipRequest,
  toTag: string,
  method: string,
  over: { readonly cseq?: number; readonly headers?: readonly HeaderField[] } = {},
): string {
  const target = /<([^>]+)>/.exec(invite.value(Header.Contact) ?? '')?.[1] ?? '';
  const routes = invite.list(Header.RecordRoute);
  return written(
    peer,
    method,
    target,
    routes,
    `${invite.value(Header.To)};tag=${toTag}`,
    invite.value(Header.From) ?? '',
    invite.callId,
    over,
  );
}

function written(
  peer: Peer,
  method: string,
  uri: string,
  routes: readonly string[],
  from: string,
  to: string,
  callId: string,
  { cseq = 50, headers = [] }: { readonly cseq?: number; readonly headers?: readonly HeaderField[] },
): string {
  return write(peer, {
    method,
    uri,
    from,
    to,
    callId,
    cseq,
    contact: peer.contact('x'),
    headers: [
      ...(routes.length === 0 ? [] : [['Route', routes.join(', ')] as const]),
      ...headers.map(([name, value]) => [typeof name === 'string' ? name : headerName(name), value] as const),
    ],
  });
}
