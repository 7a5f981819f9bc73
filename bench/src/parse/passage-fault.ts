import { Header, parseMessage, parseVia, type SipMessage, type SipRequest } from '@ringdown/sip-message';
import { BRANCH, INITIAL_MAX_FORWARDS, OWN_HOST, RECORD_ROUTE_URI } from './passage.js';

/**
 * What is wrong with `forwarded` as the message that a proxy makes of `received`, read by sip-message; undefined when
 * nothing is. Order and spelling of headers are the library's own affair, as is anything it adds.
 */
export function passageFault(received: string, forwarded: string): string | undefined {
  const before = parseMessage(received);
  if (before.kind === 'failure') return `the original is malformed: ${before.reason}`;
  if (forwarded === '') {
    const isLast = before.kind === 'response' && before.list(Header.Via).length === 1;
    return isLast ? undefined : 'nothing was forwarded';
  }
  const after = parseMessage(forwarded);
  if (after.kind === 'failure') return `the forwarded message is malformed: ${after.reason}`;
  const fault = identityFault(before, after);
  if (fault !== undefined) return fault;
  if (before.kind === 'request') {
    return after.kind === 'request' ? requestFault(before, after) : 'a request became a response';
  }
  if (after.kind === 'request') return 'a response became a request';
  if (after.statusCode !== before.statusCode) return 'another status code';
  if (after.reasonPhrase !== before.reasonPhrase) return 'another reason phrase';
  return after.list(Header.Via).length === before.list(Header.Via).length - 1 ? undefined : 'no Via was removed';
}

function identityFault(before: SipMessage, after: SipMessage): string | undefined {
  if (after.callId !== before.callId) return 'another Call-ID';
  if (after.fromTag !== before.fromTag || after.from.uri !== before.from.uri) return 'another From';
  if (after.toTag !== before.toTag || after.to.uri !== before.to.uri) return 'another To';
  if (after.cseq.number !== before.cseq.number || after.cseq.method !== before.cseq.method) return 'another CSeq';
  if (after.list(Header.Contact).length !== before.list(Header.Contact).length) return 'Contacts are missing';
  return after.body === before.body ? undefined : 'another body';
}

function requestFault(before: SipRequest, after: SipRequest): string | undefined {
  if (after.topmostVia.host !== OWN_HOST || after.topmostVia.branch?.startsWith(BRANCH) !== true) {
    return "the topmost Via is not the proxy's";
  }
  if (branches(after).slice(1).join() !== branches(before).join()) return 'other Vias below the topmost';
  const maxForwards = before.maxForwards === undefined ? INITIAL_MAX_FORWARDS : before.maxForwards - 1;
  if (after.maxForwards !== maxForwards) return 'Max-Forwards is not one less';
  if (after.list(Header.RecordRoute)[0]?.includes(RECORD_ROUTE_URI) !== true) return 'no Record-Route on top';
  if (after.list(Header.Route).some((route) => route.includes(OWN_HOST))) return 'its own Route is still there';
  return before.toTag !== undefined && after.requestUri !== before.requestUri ? 'another Request-URI' : undefined;
}

function branches(message: SipMessage): readonly string[] {
  return message.list(Header.Via).map((value) => {
    const via = parseVia(value);
    return via.kind === 'via' ? (via.branch ?? '') : value;
  });
}
