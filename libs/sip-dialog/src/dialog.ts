import {
  Header,
  type HeaderField,
  ownString,
  parseAddressList,
  parseContacts,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip-message';
import { addressedTo, type Destination } from './route-set.js';

export type DialogState = 'early' | 'confirmed' | 'terminated';

/** What identifies a dialog at one of its ends (RFC 3261 §12). The remote tag of an RFC 2543 peer may be empty. */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

/** A request as its sender's core builds it: complete but for the topmost Via, which the driver puts before the headers. */
export interface RequestDraft {
  readonly method: string;
  readonly requestUri: string;
  readonly headers: readonly HeaderField[];
  /** latin1: a character is a byte. */
  readonly body: string;
  /** The URI to resolve for the next hop (RFC 3261 §8.1.2): of the topmost route, or the Request-URI. */
  readonly nextHop: string;
  readonly cseq: number;
}

/** What a request within a dialog adds to what the dialog gives it. */
export interface RequestContent {
  readonly headers?: readonly HeaderField[];
  readonly contentType?: string;
  readonly body?: string;
}

/** Why a message can't create a dialog. */
export interface DialogRefusal {
  readonly kind: 'refused';
  readonly code: 'no-contact' | 'malformed-contact' | 'malformed-record-route' | 'no-local-tag';
}

/** What became of a request's sequence number (RFC 3261 §12.2.2). */
export type SequenceCheck = 'in-order' | 'out-of-order';

/** One text for a dialog's id, to be used as a map's key. A line feed stands in none of the parts. */
export function dialogKey(id: DialogId): string {
  return `${id.callId}\n${id.localTag}\n${id.remoteTag}`;
}

/** The id of the dialog that a request received belongs to: its To tag is the local one (RFC 3261 §12). */
export function dialogIdOfRequest(request: SipRequest): DialogId {
  return { callId: request.callId, localTag: request.toTag ?? '', remoteTag: request.fromTag ?? '' };
}

/** The id of the dialog that a response received belongs to: its From tag is the local one (RFC 3261 §12). */
export function dialogIdOfResponse(response: SipResponse): DialogId {
  return { callId: response.callId, localTag: response.fromTag ?? '', remoteTag: response.toTag ?? '' };
}

interface DialogParts extends DialogId {
  readonly role: 'uac' | 'uas';
  readonly state: DialogState;
  readonly localUri: string;
  readonly remoteUri: string;
  readonly localSequence: number | undefined;
  readonly remoteSequence: number | undefined;
  readonly routeSet: readonly string[];
  readonly remoteTarget: string;
  readonly localContact: string;
}

/** The state two user agents share (RFC 3261 §12), at one of the two. */
export class Dialog implements DialogId {
  /** Which side the request that created it had here. */
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly localUri: string;
  readonly remoteUri: string;
  /** The value of the Contact that this side writes, `<uri>` with parameters. */
  localContact: string;
  state: DialogState;
  /** undefined until this side sends its first request (RFC 3261 §12.1.1). */
  localSequence: number | undefined;
  /** undefined until the peer's first request (RFC 3261 §12.1.2). */
  remoteSequence: number | undefined;
  /** Addresses with their brackets, in the order of this side's Route header. */
  routeSet: readonly string[];
  remoteTarget: string;

  constructor(parts: DialogParts) {
    this.role = parts.role;
    this.callId = ownString(parts.callId);
    this.localTag = ownString(parts.localTag);
    this.remoteTag = ownString(parts.remoteTag);
    this.localUri = ownString(parts.localUri);
    this.remoteUri = ownString(parts.remoteUri);
    this.localContact = parts.localContact;
    this.state = parts.state;
    this.localSequence = parts.localSequence;
    this.remoteSequence = parts.remoteSequence;
    this.routeSet = parts.routeSet.map(ownString);
    this.remoteTarget = ownString(parts.remoteTarget);
  }

  get key(): string {
    return dialogKey(this);
  }

  /**
   * A request of this side's (RFC 3261 §12.2.1.1), with the next sequence number. `method` is neither ACK nor CANCEL.
   * `contact` false leaves Contact out, for requests that refresh no target.
   */
  nextRequest(method: string, content: RequestContent = {}, contact = true): RequestDraft {
    // RFC 3261 §12.2.1.1: an empty local sequence number is chosen now; then each request has one more.
    this.localSequence = (this.localSequence ?? 0) + 1;
    return this.#draft(method, this.localSequence, content, contact);
  }

  /** The ACK for a 2xx to the INVITE with this sequence number (RFC 3261 §13.2.2.4). */
  acknowledgement(cseq: number, content: RequestContent = {}): RequestDraft {
    return this.#draft('ACK', cseq, content, false);
  }

  /** Checks the order of a request received, which is neither ACK nor CANCEL, and takes its number when it is in order. */
  receiveSequence(cseq: number): SequenceCheck {
    // RFC 3261 §12.2.2: a lower number is out of order; gaps are not. §12.2.1.1: numbers never repeat, so an equal one is
    // a copy that came by another way.
    if (this.remoteSequence !== undefined && cseq <= this.remoteSequence) return 'out-of-order';
    this.remoteSequence = cseq;
    return 'in-order';
  }

  /** RFC 3261 §12.2.1.2 and §12.2.2: an accepted target refresh puts the Contact in the remote target's place. */
  refreshTarget(message: SipMessage): void {
    const target = contactUri(message);
    if (typeof target === 'string') this.remoteTarget = ownString(target);
  }

  /** A 2xx to the INVITE that made this dialog early (RFC 3261 §13.2.2.4): confirmed, with the route set of the 2xx. */
  confirm(response: SipResponse): void {
    if (this.state !== 'early') return;
    this.state = 'confirmed';
    const routes = recordedRoutes(response);
    // RFC 3261 §13.2.2.4: the route set MUST be recomputed from the 2xx, for RFC 2543 elements that leave it out of the 1xx.
    if (routes !== undefined) this.routeSet = routes.reverse().map(ownString);
    this.refreshTarget(response);
  }

  #draft(method: string, cseq: number, content: RequestContent, contact: boolean): RequestDraft {
    const destination: Destination = addressedTo(this.remoteTarget, this.routeSet);
    const headers: HeaderField[] = destination.routes.map((route) => [Header.Route, route] as const);
    headers.push(
      [Header.MaxForwards, '70'],
      [Header.From, tagged(this.localUri, this.localTag)],
      [Header.To, tagged(this.remoteUri, this.remoteTag)],
      [Header.CallId, this.callId],
      [Header.CSeq, `${cseq} ${method}`],
    );
    if (contact) headers.push([Header.Contact, this.localContact]);
    if (content.headers !== undefined) headers.push(...content.headers);
    if (content.contentType !== undefined) headers.push([Header.ContentType, content.contentType]);
    const { requestUri, nextHop } = destination;
    return { method, requestUri, headers, body: content.body ?? '', nextHop, cseq };
  }
}

/** RFC 3261 §12.1.1: the dialog that this side's response with `localTag` to `request` creates. */
export function dialogAsUas(
  request: SipRequest,
  local: { readonly tag: string; readonly contact: string },
  state: DialogState,
): Dialog | DialogRefusal {
  const target = contactUri(request);
  if (typeof target !== 'string') return target;
  const routes = recordedRoutes(request);
  if (routes === undefined) return { kind: 'refused', code: 'malformed-record-route' };
  return new Dialog({
    role: 'uas',
    state,
    callId: request.callId,
    localTag: local.tag,
    // RFC 3261 §12.1.1: a missing From tag is an RFC 2543 peer's, and counts as a null one.
    remoteTag: request.fromTag ?? '',
    localUri: request.to.uri,
    remoteUri: request.from.uri,
    localSequence: undefined,
    remoteSequence: request.cseq.number,
    // RFC 3261 §12.1.1: in the order of the request.
    routeSet: routes,
    remoteTarget: target,
    localContact: local.contact,
  });
}

/** RFC 3261 §12.1.2: the dialog that a response with a To tag creates; early for 101-199, confirmed for 2xx. */
export function dialogAsUac(
  request: Pick<RequestDraft, 'cseq'>,
  response: SipResponse,
  localContact: string,
): Dialog | DialogRefusal {
  const target = contactUri(response);
  if (typeof target !== 'string') return target;
  const routes = recordedRoutes(response);
  if (routes === undefined) return { kind: 'refused', code: 'malformed-record-route' };
  if (response.fromTag === undefined) return { kind: 'refused', code: 'no-local-tag' };
  return new Dialog({
    role: 'uac',
    state: response.statusCode < 200 ? 'early' : 'confirmed',
    callId: response.callId,
    localTag: response.fromTag,
    // RFC 3261 §12.1.2: a missing To tag is an RFC 2543 peer's, and counts as a null one.
    remoteTag: response.toTag ?? '',
    localUri: response.from.uri,
    remoteUri: response.to.uri,
    localSequence: request.cseq,
    remoteSequence: undefined,
    // RFC 3261 §12.1.2: in reverse order.
    routeSet: routes.reverse(),
    remoteTarget: target,
    localContact,
  });
}

/** RFC 6665 §4.4.1: the dialog that a NOTIFY creates at the subscriber, whose SUBSCRIBE had this sequence number. */
export function dialogFromNotify(
  subscribe: Pick<RequestDraft, 'cseq'>,
  notify: SipRequest,
  localContact: string,
): Dialog | DialogRefusal {
  const { toTag } = notify;
  if (toTag === undefined) return { kind: 'refused', code: 'no-local-tag' };
  const dialog = dialogAsUas(notify, { tag: toTag, contact: localContact }, 'confirmed');
  if (dialog instanceof Dialog) dialog.localSequence = subscribe.cseq;
  return dialog;
}

function contactUri(message: SipMessage): string | DialogRefusal {
  const contacts = parseContacts(message);
  // RFC 3261 §8.1.1.8 and §12.1.1: a message that creates a dialog has exactly one Contact with a URI.
  if (!Array.isArray(contacts)) return { kind: 'refused', code: 'malformed-contact' };
  const [first] = contacts as readonly { readonly uri: string }[];
  return first === undefined ? { kind: 'refused', code: 'no-contact' } : first.uri;
}

function recordedRoutes(message: SipMessage): string[] | undefined {
  if (!message.has(Header.RecordRoute)) return [];
  const addresses = parseAddressList(message, Header.RecordRoute);
  if (!Array.isArray(addresses)) return undefined;
  // RFC 3261 §12.1.1: all URI parameters are kept. Header parameters after the brackets are kept likewise (§16.12).
  return message.list(Header.RecordRoute).map((text) => text.trim());
}

function tagged(uri: string, tag: string): string {
  return tag === '' ? `<${uri}>` : `<${uri}>;tag=${tag}`;
}
