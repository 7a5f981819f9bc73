import sip, { type Address, type Message } from 'sip';
import { BRANCH, INITIAL_MAX_FORWARDS, OWN_HOST, OWN_PORT, RECORD_ROUTE_URI, TARGET_URI } from './passage.js';
import type { TestedParser } from './tested-parser.js';

/** It drops header values that its expressions don't match, so a message without these counts as refused. */
function parsed(raw: string): Message | undefined {
  const message = sip.parse(raw);
  if (message === undefined) return undefined;
  const { via, from, to, cseq, 'call-id': callId } = message.headers;
  const isWhole =
    via !== undefined && from !== undefined && to !== undefined && cseq !== undefined && callId !== undefined;
  return isWhole ? message : undefined;
}

function structure(raw: string): object | undefined {
  const message = parsed(raw);
  if (message === undefined) return undefined;
  const { from, to, contact } = message.headers;
  // URIs of Route, Record-Route and Path are read with their headers; these are left as text.
  return {
    message,
    requestUri: message.uri === undefined ? undefined : sip.parseUri(message.uri),
    from: from === undefined ? undefined : sip.parseUri(from.uri),
    to: to === undefined ? undefined : sip.parseUri(to.uri),
    contacts: Array.isArray(contact) ? contact.map(uriOf) : contact,
    maxForwards: Number(message.headers['max-forwards']),
    expiresSec: Number(message.headers.expires),
  };
}

function forward(raw: string): string | undefined {
  const message = parsed(raw);
  if (message === undefined) return undefined;
  const { headers } = message;
  if (message.method === undefined) {
    headers.via?.shift();
    return headers.via?.length === 0 ? '' : sip.stringify(message);
  }
  const maxForwards = headers['max-forwards'];
  if (maxForwards !== undefined && Number(maxForwards) === 0) return undefined;
  headers['max-forwards'] = String(maxForwards === undefined ? INITIAL_MAX_FORWARDS : Number(maxForwards) - 1);
  const route = headers.route?.[0]?.uri;
  if (typeof route === 'object' && route.host === OWN_HOST && route.port === OWN_PORT) headers.route?.shift();
  headers.via?.unshift({
    version: '2.0',
    protocol: 'UDP',
    host: OWN_HOST,
    port: OWN_PORT,
    params: { branch: BRANCH, rport: null },
  });
  const recordRoute = { uri: RECORD_ROUTE_URI };
  if (headers['record-route'] === undefined) headers['record-route'] = [recordRoute];
  else headers['record-route'].unshift(recordRoute);
  if ((headers.to?.params?.['tag'] ?? undefined) === undefined) message.uri = TARGET_URI;
  return sip.stringify(message);
}

function uriOf(address: Address): object | undefined {
  return sip.parseUri(address.uri);
}

export const sipPackageParser: TestedParser = { structure, forward };
