import { parseChallenge, parseCredentials } from '@ringdown/sip-auth';
import {
  Header,
  type HeaderId,
  type NameAddr,
  parseAddressList,
  parseContacts,
  parseDeltaSeconds,
  parseMessage,
  parseUri,
  parseVia,
  type SipMessage,
  type SipRequest,
  type Uri,
  withReceived,
} from '@ringdown/sip-message';
import {
  forwardRequest,
  loopDigest,
  type OwnRoutes,
  preprocessRoutes,
  ROUTED_SCHEMES,
  relayResponse,
  type ValidationRules,
  validateRequest,
} from '@ringdown/sip-proxy';
import { BRANCH, OWN_HOST, OWN_PORT, RECORD_ROUTE_URI, SOURCE, TARGET_URI } from './passage.js';
import type { TestedParser } from './tested-parser.js';

const rules: ValidationRules = {
  schemes: ROUTED_SCHEMES,
  proxyExtensions: new Set(),
  isOwnVia: (via) => via.host === OWN_HOST,
};
const own: OwnRoutes = {
  isOwn: (uri) => uri.host === OWN_HOST && uri.port === OWN_PORT,
  isResponsibleFor: () => false,
};
const ingress = { transport: 'UDP', port: OWN_PORT };
const via = { transport: 'UDP', sentBy: `${OWN_HOST}:${OWN_PORT}`, branch: BRANCH, params: ';rport' };
const recordRoutes = [`<${RECORD_ROUTE_URI}>`];
const MAX_BREADTH = 60;

/** All that an edge does to a message on its way through: also what the others leave out (RFC 3581, RFC 5393). */
function forward(raw: string): string | undefined {
  const message = parseMessage(raw);
  if (message.kind === 'failure') return undefined;
  if (message.kind === 'response') return relayResponse(message) ?? '';
  return forwardOn(withReceived(message, SOURCE.host, SOURCE.port));
}

function forwardOn(request: SipRequest): string | undefined {
  if (validateRequest(request, rules) !== undefined) return undefined;
  const routed = preprocessRoutes(request, own, ingress);
  if (routed.kind === 'failure') return undefined;
  return forwardRequest(request, {
    routed,
    ...(request.toTag === undefined ? { targetUri: TARGET_URI } : {}),
    recordRoutes,
    via,
    loopDigest: loopDigest(request),
    maxBreadth: MAX_BREADTH,
  }).raw;
}

const CREDENTIALS: readonly HeaderId[] = [Header.Authorization, Header.ProxyAuthorization];
const CHALLENGES: readonly HeaderId[] = [Header.WwwAuthenticate, Header.ProxyAuthenticate];
const ADDRESSES: readonly HeaderId[] = [Header.Route, Header.RecordRoute, Header.Path];
const LISTS: readonly HeaderId[] = [Header.Supported, Header.Require, Header.ProxyRequire, Header.Allow, Header.Accept];

/** Undefined also where a header that the parser leaves unread turns out malformed. */
function structure(raw: string): object | undefined {
  const message = parseMessage(raw);
  if (message.kind === 'failure') return undefined;
  const contacts = parseContacts(message);
  if (typeof contacts === 'object' && 'code' in contacts) return undefined;
  return {
    message,
    requestUri: message.kind === 'request' ? wholeUri(message.requestUri) : undefined,
    vias: message.list(Header.Via).map(wholeVia),
    from: wholeAddress(message.from),
    to: wholeAddress(message.to),
    contacts: contacts === '*' ? contacts : contacts.map(wholeAddress),
    addresses: ADDRESSES.map((id) => addressesOf(message, id)),
    expiresSec: parseDeltaSeconds(message.value(Header.Expires) ?? ''),
    contentType: message.value(Header.ContentType),
    lists: LISTS.map((id) => (message.has(id) ? message.list(id) : undefined)),
    credentials: CREDENTIALS.map((id) => (message.has(id) ? message.values(id).map(parseCredentials) : undefined)),
    challenges: CHALLENGES.map((id) => (message.has(id) ? message.values(id).map(parseChallenge) : undefined)),
    headers: message.headers(),
    body: message.body,
  };
}

function wholeUri(text: string): object {
  const uri: Uri | { kind: 'failure' } = parseUri(text);
  return uri.kind === 'sip' || uri.kind === 'tel' ? { uri, params: uri.params.entries() } : { uri };
}

function wholeVia(text: string): object {
  const parsed = parseVia(text);
  return parsed.kind === 'via' ? { parsed, params: parsed.params.entries() } : { parsed };
}

function wholeAddress(address: NameAddr): object {
  return { displayName: address.displayName, uri: wholeUri(address.uri), params: address.params.entries() };
}

function addressesOf(message: SipMessage, id: HeaderId): readonly object[] | undefined {
  if (!message.has(id)) return undefined;
  const addresses = parseAddressList(message, id);
  return 'code' in addresses ? undefined : addresses.map(wholeAddress);
}

/** sip-message and sip-proxy. */
export const ringdownParser: TestedParser = { structure, forward };
