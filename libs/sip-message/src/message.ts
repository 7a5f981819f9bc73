import { TOKEN } from './chars.js';
import { unfold } from './fold.js';
import { Header, type HeaderId, headerName } from './header.js';
import { headerId } from './header-name-tree.js';
import { collectElements } from './list.js';
import type { NameAddr, ScannedNameAddr } from './name-addr.js';
import type { Uri } from './uri.js';
import type { ScannedVia, Via } from './via.js';

/** Numbers per header field in {@link HeaderIndex.fields}: id, index of the line, of the value, and after the value. */
export const FIELD_STRIDE = 4;

/** Where the parts of a message are. Indices count characters of the raw text; values are trimmed, folds included. */
export interface HeaderIndex {
  readonly fields: readonly number[];
  /** Bit n is set when a header with id n < 31 is there. */
  readonly present: number;
  /** After the last header line, that is: of the empty line. */
  readonly headersEnd: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** What the parser has read eagerly. */
export interface MessageCore {
  readonly callId: string;
  readonly cseq: CSeq;
  readonly topmostVia: ScannedVia;
  readonly from: ScannedNameAddr;
  readonly to: ScannedNameAddr;
}

/** RFC 3261 §20.16. */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

export interface HeaderLine {
  readonly id: HeaderId;
  /** As written. */
  readonly name: string;
  /** Trimmed and unfolded. */
  readonly value: string;
}

/**
 * A SIP message: one latin1 string (a character is a byte, so bytes survive) and the places of its header fields. Values
 * are cut out when asked for. Immutable; `edit` makes a changed copy.
 */
export abstract class SipMessage {
  abstract readonly kind: 'request' | 'response';
  readonly raw: string;
  /** For this library only. */
  readonly index: HeaderIndex;
  /** For this library only. */
  readonly core: MessageCore;
  readonly callId: string;
  readonly cseq: CSeq;
  readonly topmostVia: Via;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly fromTag: string | undefined;
  readonly toTag: string | undefined;

  protected constructor(raw: string, index: HeaderIndex, core: MessageCore) {
    this.raw = raw;
    this.index = index;
    this.core = core;
    this.callId = core.callId;
    this.cseq = core.cseq;
    this.topmostVia = core.topmostVia;
    this.from = core.from;
    this.to = core.to;
    this.fromTag = core.from.tag;
    this.toTag = core.to.tag;
  }

  /** The body's bytes as latin1, '' when there is none: Content-Length bytes, or all that follow the headers. */
  get body(): string {
    return this.raw.slice(this.index.bodyStart, this.index.bodyEnd);
  }

  has(id: HeaderId): boolean {
    return this.#find(id, 0) !== -1;
  }

  /** The first field's value, trimmed and unfolded. */
  value(id: HeaderId): string | undefined {
    const at = this.#find(id, 0);
    return at === -1 ? undefined : this.#valueAt(at);
  }

  /** The values of all fields with this id, one per header field line, in order. */
  values(id: HeaderId): readonly string[] {
    const values: string[] = [];
    for (let at = this.#find(id, 0); at !== -1; at = this.#find(id, at + FIELD_STRIDE)) values.push(this.#valueAt(at));
    return values;
  }

  /** The comma-separated elements over all lines (RFC 3261 §7.3.1), quoted strings and `<>` respected; empty ones are left out. */
  list(id: HeaderId): readonly string[] {
    const elements: string[] = [];
    for (let at = this.#find(id, 0); at !== -1; at = this.#find(id, at + FIELD_STRIDE)) {
      const value = this.#valueAt(at);
      if (value.includes(',')) collectElements(value, 0, value.length, elements);
      else if (value !== '') elements.push(value);
    }
    return elements;
  }

  /** The values of any header by its name, case-insensitive, long or compact; one per header field line. */
  named(name: string): readonly string[] {
    const id = headerId(name);
    if (id !== Header.Other) return this.values(id);
    const lower = name.toLowerCase();
    const values: string[] = [];
    for (let at = this.#find(id, 0); at !== -1; at = this.#find(id, at + FIELD_STRIDE)) {
      if (this.#nameAt(at).toLowerCase() === lower) values.push(this.#valueAt(at));
    }
    return values;
  }

  /** Every header field in order. */
  headers(): readonly HeaderLine[] {
    const { fields } = this.index;
    const lines: HeaderLine[] = [];
    for (let at = 0; at < fields.length; at += FIELD_STRIDE) {
      lines.push({ id: fields[at] as HeaderId, name: this.#nameAt(at), value: this.#valueAt(at) });
    }
    return lines;
  }

  #find(id: HeaderId, from: number): number {
    const { fields, present } = this.index;
    if (id < 31 && (present & (1 << id)) === 0) return -1;
    for (let at = from; at < fields.length; at += FIELD_STRIDE) {
      if (fields[at] === id) return at;
    }
    return -1;
  }

  #valueAt(at: number): string {
    const { fields } = this.index;
    return unfold(this.raw.slice(fields[at + 2], fields[at + 3]));
  }

  #nameAt(at: number): string {
    return fieldName(this.raw, this.index.fields[at + 1] as number);
  }
}

/** The name at the start of a header line, as written. */
export function fieldName(raw: string, lineStart: number): string {
  let end = lineStart;
  while (TOKEN[raw.charCodeAt(end)] === 1) end++;
  return raw.slice(lineStart, end);
}

/** The name under which a new or changed field of this id is written. */
export function writtenName(id: HeaderId, raw: string, lineStart: number): string {
  return id === Header.Other ? fieldName(raw, lineStart) : headerName(id);
}

export class SipRequest extends SipMessage {
  readonly kind = 'request';
  readonly method: string;
  /** As written. */
  readonly requestUri: string;
  /** The Request-URI, read. */
  readonly uri: Uri;
  /** undefined when the header is absent (RFC 3261 §16.3 step 3). */
  readonly maxForwards: number | undefined;

  constructor(
    raw: string,
    index: HeaderIndex,
    core: MessageCore,
    method: string,
    requestUri: string,
    uri: Uri,
    maxForwards: number | undefined,
  ) {
    super(raw, index, core);
    this.method = method;
    this.requestUri = requestUri;
    this.uri = uri;
    this.maxForwards = maxForwards;
  }
}

export class SipResponse extends SipMessage {
  readonly kind = 'response';
  readonly statusCode: number;
  readonly reasonPhrase: string;

  constructor(raw: string, index: HeaderIndex, core: MessageCore, statusCode: number, reasonPhrase: string) {
    super(raw, index, core);
    this.statusCode = statusCode;
    this.reasonPhrase = reasonPhrase;
  }
}
