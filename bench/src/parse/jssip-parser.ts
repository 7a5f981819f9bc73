import parser, { type IncomingMessage } from 'jssip/lib/Parser.js';
import { BRANCH, INITIAL_MAX_FORWARDS, OWN_HOST, OWN_PORT, RECORD_ROUTE_URI, TARGET_URI } from './passage.js';
import type { TestedParser } from './tested-parser.js';

const VIA = `SIP/2.0/UDP ${OWN_HOST}:${OWN_PORT};branch=${BRANCH};rport`;
/** The parser keeps the user agent for answers, which a proxy doesn't make with it. */
const userAgent = {};

/** Headers that have a rule in the library's grammar and that its parser leaves as text. */
const LEFT_AS_TEXT = ['Route', 'Expires', 'Supported', 'Require', 'Proxy-Require', 'Allow-Events', 'Subject', 'Reason'];

function structure(raw: string): object | undefined {
  const message = parser.parseMessage(raw, userAgent);
  if (message === undefined) return undefined;
  // The parser has read the first Via.
  for (let at = 1; at < message.getHeaders('Via').length; at++) message.parseHeader('Via', at);
  for (const name of LEFT_AS_TEXT) {
    const values = message.headers[name];
    if (values !== undefined) for (let at = 0; at < values.length; at++) message.parseHeader(name, at);
  }
  return message;
}

function forward(raw: string): string | undefined {
  const message = parser.parseMessage(raw, userAgent);
  if (message === undefined || !hasWhatRoutingNeeds(message)) return undefined;
  const { headers } = message;
  if (message.status_code !== undefined) {
    headers['Via']?.shift();
    if (headers['Via']?.length === 0) return '';
    return written(`SIP/2.0 ${message.status_code} ${message.reason_phrase}`, message);
  }
  const maxForwards = message.parseHeader('Max-Forwards') as number | undefined;
  if (maxForwards === 0) return undefined;
  message.setHeader('Max-Forwards', String(maxForwards === undefined ? INITIAL_MAX_FORWARDS : maxForwards - 1));
  const route = message.parseHeader('Route') as { uri: { host: string; port: number | undefined } } | undefined;
  if (route?.uri.host === OWN_HOST && route.uri.port === OWN_PORT) headers['Route']?.shift();
  headers['Via']?.unshift({ raw: VIA });
  const recordRoute = { raw: `<${RECORD_ROUTE_URI}>` };
  if (headers['Record-Route'] === undefined) headers['Record-Route'] = [recordRoute];
  else headers['Record-Route'].unshift(recordRoute);
  const requestUri = message.to_tag === undefined ? TARGET_URI : String(message.ruri);
  return written(`${message.method} ${requestUri} SIP/2.0`, message);
}

function hasWhatRoutingNeeds(message: IncomingMessage): boolean {
  return (
    message.via !== null &&
    message.call_id !== null &&
    message.cseq !== null &&
    message.from !== null &&
    message.to !== null
  );
}

/** The library writes only messages that it makes itself, so this is the least that a user would add: headers by name, each as it came. */
function written(startLine: string, message: IncomingMessage): string {
  let text = `${startLine}\r\n`;
  for (const name of Object.keys(message.headers)) {
    for (const { raw } of message.headers[name] ?? []) text += `${name}: ${raw}\r\n`;
  }
  return `${text}\r\n${message.body}`;
}

export const jssipParser: TestedParser = { structure, forward };
