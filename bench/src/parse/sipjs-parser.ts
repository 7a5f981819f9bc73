import { type IncomingRequestMessage, IncomingResponseMessage, LoggerFactory, Parser } from 'sip.js/lib/core/index.js';
import { Grammar, type NameAddrHeader } from 'sip.js/lib/grammar/index.js';
import { BRANCH, INITIAL_MAX_FORWARDS, OWN_HOST, OWN_PORT, RECORD_ROUTE_URI, TARGET_URI } from './passage.js';
import type { TestedParser } from './tested-parser.js';

type Message = IncomingRequestMessage | IncomingResponseMessage;

const VIA = `SIP/2.0/UDP ${OWN_HOST}:${OWN_PORT};branch=${BRANCH};rport`;
const loggers = new LoggerFactory();
loggers.builtinEnabled = false;
const logger = loggers.getLogger('parser');

/** Headers that have a rule in the library's grammar and that its parser leaves as text. */
const LEFT_AS_TEXT = ['Supported', 'Require', 'Session-Expires', 'Event', 'Subscription-State', 'Content-Disposition'];

function structure(raw: string): object | undefined {
  const message = Parser.parseMessage(raw, logger);
  if (message === undefined) return undefined;
  // The parser has read the first Via.
  for (let at = 1; at < message.getHeaders('Via').length; at++) message.parseHeader('Via', at);
  for (const name of LEFT_AS_TEXT) {
    for (let at = 0; at < message.getHeaders(name).length; at++) message.parseHeader(name, at);
  }
  return { message, routes: message.getHeaders('Route').map(addressOf) };
}

function forward(raw: string): string | undefined {
  const message = Parser.parseMessage(raw, logger);
  if (message === undefined || !hasWhatRoutingNeeds(message)) return undefined;
  const { headers } = message;
  if (message instanceof IncomingResponseMessage) {
    headers['Via']?.shift();
    if (headers['Via']?.length === 0) return '';
    return written(`SIP/2.0 ${message.statusCode} ${message.reasonPhrase}`, message);
  }
  const maxForwards = message.parseHeader('Max-Forwards') as number | undefined;
  if (maxForwards === 0 || message.ruri === undefined) return undefined;
  message.setHeader('Max-Forwards', String(maxForwards === undefined ? INITIAL_MAX_FORWARDS : maxForwards - 1));
  const routeValue = message.getHeader('Route');
  const route = routeValue === undefined ? undefined : addressOf(routeValue);
  if (route?.uri.host === OWN_HOST && route.uri.port === OWN_PORT) headers['Route']?.shift();
  headers['Via']?.unshift({ raw: VIA });
  const recordRoute = { raw: `<${RECORD_ROUTE_URI}>` };
  if (headers['Record-Route'] === undefined) headers['Record-Route'] = [recordRoute];
  else headers['Record-Route'].unshift(recordRoute);
  const requestUri = message.toTag === undefined ? TARGET_URI : message.ruri.toString();
  return written(`${message.method} ${requestUri} SIP/2.0`, message);
}

/** The grammar's entry for one address: it has none for a Route list. */
function addressOf(value: string): NameAddrHeader | undefined {
  return Grammar.nameAddrHeaderParse(value);
}

function hasWhatRoutingNeeds(message: Message): boolean {
  return (
    message.via !== undefined &&
    message.callId !== undefined &&
    message.cseq !== undefined &&
    message.from !== undefined &&
    message.to !== undefined
  );
}

/** The library writes only messages that it makes itself, so this is the least that a user would add: headers by name, each as it came. */
function written(startLine: string, message: Message): string {
  let text = `${startLine}\r\n`;
  for (const name of Object.keys(message.headers)) {
    for (const { raw } of message.headers[name] ?? []) text += `${name}: ${raw}\r\n`;
  }
  return `${text}\r\n${message.body}`;
}

export const sipjsParser: TestedParser = { structure, forward };
