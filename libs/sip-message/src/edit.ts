import { headerLine } from './build.js';
import { skipLws, trimLwsEnd } from './chars.js';
import { unfold } from './fold.js';
import { Header, type HeaderId } from './header.js';
import { headerId } from './header-name-tree.js';
import { endOfElement } from './list.js';
import { FIELD_STRIDE, fieldName, type SipMessage } from './message.js';

/** A changed copy of `message` in the making. */
export function edit(message: SipMessage): MessageEdit {
  return new MessageEdit(message);
}

/**
 * Changes to a message, applied by splicing: what is not touched is copied byte for byte. Operations apply in the order
 * of the calls, each to the result of those before it, and return the edit. Line ends in values become spaces, so that no
 * value can add a header. A message without Content-Length gets one (RFC 3261 §16.6 step 9: it must have one on a stream,
 * and may anywhere); bytes after the body are dropped.
 */
export class MessageEdit {
  readonly #message: SipMessage;
  /** One number a header line, in order: the place of its field in the message's index, or ~n for the new line n. */
  readonly #lines: number[] = [];
  readonly #newIds: HeaderId[] = [];
  readonly #newTexts: string[] = [];
  #requestUri: string | undefined;
  #body: string | undefined;

  constructor(message: SipMessage) {
    this.#message = message;
    const { length } = message.index.fields;
    for (let at = 0; at < length; at += FIELD_STRIDE) this.#lines.push(at);
  }

  /** Replaces the Request-URI; a response has none and stays as it is. */
  requestUri(uri: string): this {
    this.#requestUri = unfold(uri);
    return this;
  }

  /** A new field line above the existing ones of that name, or right after the start line. */
  prepend(name: HeaderId | string, value: string): this {
    const id = idOf(name);
    const first = this.#next(name, id, 0);
    this.#insert(first === -1 ? 0 : first, id, headerLine(name, value));
    return this;
  }

  /** A new field line below the existing ones of that name, or at the end of the headers. */
  append(name: HeaderId | string, value: string): this {
    const id = idOf(name);
    let after = this.#lines.length;
    for (let at = this.#next(name, id, 0); at !== -1; at = this.#next(name, id, at + 1)) after = at + 1;
    this.#insert(after, id, headerLine(name, value));
    return this;
  }

  /** One field line stands for all of that name, where the first of them was; at the end of the headers when there is none. */
  replace(name: HeaderId | string, value: string): this {
    const id = idOf(name);
    const first = this.#next(name, id, 0);
    if (first === -1) return this.append(name, value);
    this.#set(first, headerLine(name, value));
    this.#removeFrom(name, id, first + 1);
    return this;
  }

  remove(name: HeaderId | string): this {
    this.#removeFrom(name, idOf(name), 0);
    return this;
  }

  /** Replaces the first list element over all lines of that name, or adds the field at the end of the headers. */
  replaceTopmost(name: HeaderId | string, value: string): this {
    const id = idOf(name);
    const first = this.#next(name, id, 0);
    if (first === -1) return this.append(name, value);
    const rest = this.#afterFirstElement(first);
    this.#set(first, headerLine(name, rest === '' ? value : `${value}, ${rest}`));
    return this;
  }

  /** Removes the first list element over all lines of that name, and its line when nothing else is on it. */
  removeTopmost(name: HeaderId | string): this {
    const id = idOf(name);
    const first = this.#next(name, id, 0);
    if (first === -1) return this;
    const rest = this.#afterFirstElement(first);
    if (rest === '') this.#delete(first);
    else this.#set(first, headerLine(name, rest));
    return this;
  }

  /** Replaces the body, Content-Type and Content-Length; an empty body has no Content-Type. `body` is latin1. */
  body(contentType: string, body: string): this {
    this.#body = body;
    if (body === '') this.remove(Header.ContentType);
    else this.replace(Header.ContentType, contentType);
    return this.replace(Header.ContentLength, String(body.length));
  }

  toString(): string {
    const { raw, index } = this.#message;
    const lines = this.#lines;
    let out = this.#startLine();
    let hasContentLength = false;
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at] as number;
      if (this.#idOf(line) === Header.ContentLength) hasContentLength = true;
      if (line < 0) {
        out += this.#newTexts[~line] as string;
        continue;
      }
      // Neighbours that are still neighbours are copied in one piece.
      let last = line;
      while (lines[at + 1] === last + FIELD_STRIDE) {
        at++;
        last += FIELD_STRIDE;
        if (index.fields[last] === Header.ContentLength) hasContentLength = true;
      }
      out += raw.slice(index.fields[line + 1], this.#lineEnd(last));
    }
    const body = this.#body ?? this.#message.body;
    if (!hasContentLength) out += headerLine(Header.ContentLength, String(body.length));
    return `${out}\r\n${body}`;
  }

  #startLine(): string {
    const { raw, index, kind } = this.#message;
    const end = index.fields[1] as number;
    if (this.#requestUri === undefined || kind === 'response') return raw.slice(startOf(raw), end);
    const methodEnd = raw.indexOf(' ', startOf(raw));
    const versionStart = raw.indexOf(' ', methodEnd + 1);
    return `${raw.slice(startOf(raw), methodEnd + 1)}${this.#requestUri}${raw.slice(versionStart, end)}`;
  }

  #lineEnd(field: number): number {
    const { fields, headersEnd } = this.#message.index;
    return fields[field + FIELD_STRIDE + 1] ?? headersEnd;
  }

  #idOf(line: number): HeaderId {
    return (line < 0 ? this.#newIds[~line] : this.#message.index.fields[line]) as HeaderId;
  }

  #next(name: HeaderId | string, id: HeaderId, from: number): number {
    const lines = this.#lines;
    for (let at = from; at < lines.length; at++) {
      const line = lines[at] as number;
      if (this.#idOf(line) === id && (id !== Header.Other || this.#isNamed(line, name as string))) return at;
    }
    return -1;
  }

  #isNamed(line: number, name: string): boolean {
    const { raw, index } = this.#message;
    const written =
      line < 0 ? fieldName(this.#newTexts[~line] as string, 0) : fieldName(raw, index.fields[line + 1] as number);
    return written.toLowerCase() === name.toLowerCase();
  }

  #newLine(id: HeaderId, text: string): number {
    this.#newIds.push(id);
    return ~(this.#newTexts.push(text) - 1);
  }

  #insert(at: number, id: HeaderId, text: string): void {
    this.#lines.splice(at, 0, this.#newLine(id, text));
  }

  #set(at: number, text: string): void {
    this.#lines[at] = this.#newLine(this.#idOf(this.#lines[at] as number), text);
  }

  #delete(at: number): void {
    this.#lines.splice(at, 1);
  }

  #removeFrom(name: HeaderId | string, id: HeaderId, from: number): void {
    for (let at = this.#next(name, id, from); at !== -1; at = this.#next(name, id, at)) this.#delete(at);
  }

  /** What follows the first list element on the line `at`, '' when nothing does. */
  #afterFirstElement(at: number): string {
    const line = this.#lines[at] as number;
    const { raw, index } = this.#message;
    let text = raw;
    let start: number;
    let end: number;
    if (line < 0) {
      text = this.#newTexts[~line] as string;
      start = text.indexOf(':') + 1;
      end = text.length;
    } else {
      start = index.fields[line + 2] as number;
      end = index.fields[line + 3] as number;
    }
    // An empty element before the first one is none (RFC 3261 §7.3.1).
    let comma = endOfElement(text, start, end);
    while (comma < end && skipLws(text, start, comma) === comma) {
      start = comma + 1;
      comma = endOfElement(text, start, end);
    }
    if (comma === end) return '';
    const from = skipLws(text, comma + 1, end);
    return text.slice(from, trimLwsEnd(text, from, end));
  }
}

function idOf(name: HeaderId | string): HeaderId {
  if (name === Header.Other) throw new Error('Header.Other stands for many names: give the name itself');
  return typeof name === 'number' ? name : headerId(name);
}

/** The index of the start line: CRLFs before it are not forwarded. */
function startOf(raw: string): number {
  let at = 0;
  while (raw.startsWith('\r\n', at)) at += 2;
  return at;
}
