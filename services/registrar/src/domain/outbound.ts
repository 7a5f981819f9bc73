import {
  type ContactValue,
  Header,
  type HeaderField,
  parseAddressList,
  parseUri,
  type SipRequest,
  unquote,
} from '@ringdown/sip-message';
import { type Refusal, refuse } from './answer.js';

/** RFC 5626 §4.2: 1 to 2^31 - 1. */
const MAX_REG_ID = 0x7fff_ffff;

/** Vias of a REGISTER that the edge took from the device itself: the edge's own, and the device's. */
const viasOfFirstHop = 2;

/** The device behind a contact (`+sip.instance` without its quotes); empty where it doesn't say. */
export function instanceOf({ params }: ContactValue): string {
  const instance = params.get('+sip.instance');
  return instance === undefined ? '' : unquote(instance);
}

/** Which of a device's flows a contact is (`reg-id`); 0 where it doesn't say, or says nothing that counts. */
export function regIdOf({ params }: ContactValue): number {
  const text = params.get('reg-id');
  const value = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return value <= MAX_REG_ID ? value : 0;
}

/**
 * Whether a REGISTER is to be treated by the rules of RFC 5626 (§6): the device says that it knows them, and names itself and one flow. Otherwise
 * a reg-id means nothing. `contacts` are the request's, as they were read.
 */
export function readOutbound(request: SipRequest, contacts: readonly ContactValue[]): boolean | Refusal {
  const flows = contacts.filter((contact) => regIdOf(contact) > 0 && instanceOf(contact) !== '');
  if (flows.length === 0 || !says(request, 'outbound')) return false;
  // §4.2.1: a REGISTER is one flow's.
  if (flows.length > 1) return refuse(400, 'More than one Contact with reg-id');
  return firstHopKnowsOutbound(request) ? true : refuse(439);
}

/** Whether a device says that it knows an extension, or insists on it. `tag` is in lower case. */
export function says(request: SipRequest, tag: string): boolean {
  return [Header.Supported, Header.Require].some((id) => request.list(id).some((each) => each.toLowerCase() === tag));
}

/**
 * The flow that is kept ends at whoever sent the request to the edge. That is the device, or a proxy that has put itself on the Path and says by
 * `ob` that it keeps the flow to the device; the one next to the device wrote the last value. A proxy that did neither loses the flow.
 */
function firstHopKnowsOutbound(request: SipRequest): boolean {
  const path = parseAddressList(request, Header.Path);
  const nearest = Array.isArray(path) ? path.at(-1) : undefined;
  if (nearest === undefined) return request.list(Header.Via).length <= viasOfFirstHop;
  const uri = parseUri(nearest.uri);
  return uri.kind === 'sip' && uri.params.has('ob');
}

/**
 * How long a flow may be silent, in seconds (§3.5, §5.4). Many NATs forget a UDP pinhole after half a minute, whatever RFC 4787 asks of them; balancers and
 * firewalls keep a silent stream for some minutes at least.
 */
function flowTimerSec(transport: string): number {
  return transport === 'UDP' || transport === '' ? 30 : 120;
}

/** What the 200 says to a device that was registered by RFC 5626 (§6). */
export function outboundHeaders(transport: string): readonly HeaderField[] {
  return [
    [Header.Require, 'outbound'],
    [Header.FlowTimer, String(flowTimerSec(transport))],
  ];
}
