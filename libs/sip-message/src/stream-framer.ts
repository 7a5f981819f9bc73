import { COLON, CR, HTAB, LF, LWS, parseDigits, SP, trimLwsEnd } from './chars.js';
import { Header } from './header.js';
import { headerId } from './header-name-tree.js';
import { fieldName } from './message.js';

/** What comes next on a stream. */
export type Frame =
  | { readonly kind: 'message'; readonly raw: string }
  /** A double CRLF between messages: answer with one CRLF (RFC 5626 §3.5.1). */
  | { readonly kind: 'ping' }
  /** A single CRLF between messages. */
  | { readonly kind: 'pong' }
  /** More bytes are needed. */
  | { readonly kind: 'incomplete' }
  /**
   * The stream can't be cut into messages any more: answer `head` with 400 if it can be answered (`answerableRequest`), and
   * close. `offset` counts from the start of `head`, which holds what is there of the message's start line and headers.
   */
  | { readonly kind: 'error'; readonly code: FramingErrorCode; readonly offset: number; readonly head: string };

export type FramingErrorCode =
  | 'headers-too-large'
  | 'message-too-large'
  | 'content-length-missing'
  | 'content-length-malformed'
  | 'content-length-repeated'
  | 'truncated';

export interface StreamFramerOptions {
  /** Start line, headers and body together. */
  readonly maxMessageBytes: number;
  /** Start line and headers; 65,536 by default, and never more than maxMessageBytes. */
  readonly maxHeaderBytes?: number;
  /**
   * What a CRLF between messages is. 'ping', the default, is for the side that accepted the connection: a CRLF is kept
   * until it is known whether a second one follows. 'pong' is for the side that opened it and sends the pings: each CRLF
   * is an answer, at once.
   */
  readonly expects?: 'ping' | 'pong';
}

const INCOMPLETE: Frame = { kind: 'incomplete' };
const PING: Frame = { kind: 'ping' };
const PONG: Frame = { kind: 'pong' };
const DEFAULT_MAX_HEADER_BYTES = 65_536;
const FIRST_CAPACITY = 4096;
const HEADERS_END = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3). Push what arrives, then call `next` until it is
 * incomplete. How the bytes are split over pushes does not change the frames. Each byte is copied and searched a bounded
 * number of times. After an error every frame is that error.
 */
export class StreamFramer {
  readonly #maxMessageBytes: number;
  readonly #maxHeaderBytes: number;
  readonly #expectsPong: boolean;
  #buffer: Buffer = NOTHING;
  /** The bytes held are [#start, #end) of the buffer. */
  #start = 0;
  #end = 0;
  /** Where the search for the end of the headers goes on, as an index of the buffer. */
  #searched = 0;
  /** The size of the message at #start once its headers are complete, else -1. */
  #messageBytes = -1;
  #error: Frame | undefined;

  constructor(options: StreamFramerOptions) {
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#maxHeaderBytes = Math.min(options.maxHeaderBytes ?? DEFAULT_MAX_HEADER_BYTES, options.maxMessageBytes);
    this.#expectsPong = options.expects === 'pong';
  }

  /** Bytes that no frame has taken yet. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): void {
    if (this.#error !== undefined) return;
    this.#reserve(chunk.length);
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /** Gives memory back where no byte is held, for a connection that is quiet for now. */
  release(): void {
    if (this.pendingBytes === 0) this.#buffer = NOTHING;
  }

  next(): Frame {
    if (this.#error !== undefined) return this.#error;
    if (this.#messageBytes === -1) {
      const keepalive = this.#keepalive();
      if (keepalive !== undefined) return keepalive;
      const frame = this.#readHeaders();
      if (frame !== undefined) return frame;
    }
    if (this.pendingBytes < this.#messageBytes) return INCOMPLETE;
    const raw = this.#buffer.toString('latin1', this.#start, this.#start + this.#messageBytes);
    this.#consume(this.#messageBytes);
    this.#messageBytes = -1;
    return { kind: 'message', raw };
  }

  /** To be called when the peer has sent its last byte: an error if it stopped inside a message, else incomplete. */
  end(): Frame {
    if (this.#error !== undefined) return this.#error;
    if (this.pendingBytes === 0 || this.#isOnlyLineEnds()) return INCOMPLETE;
    return this.#fail('truncated', this.pendingBytes, this.#head(this.pendingBytes));
  }

  #keepalive(): Frame | undefined {
    const buffer = this.#buffer;
    const at = this.#start;
    const bytes = this.pendingBytes;
    if (bytes === 0) return INCOMPLETE;
    if (buffer[at] !== CR) return undefined;
    if (bytes === 1) return INCOMPLETE;
    if (buffer[at + 1] !== LF) return undefined;
    if (!this.#expectsPong) {
      if (bytes === 2 || (bytes === 3 && buffer[at + 2] === CR)) return INCOMPLETE;
      if (buffer[at + 2] === CR && buffer[at + 3] === LF) {
        this.#consume(4);
        return PING;
      }
    }
    this.#consume(2);
    return PONG;
  }

  /** Finds the end of the headers and the size of the message; undefined when both are known. */
  #readHeaders(): Frame | undefined {
    const from = Math.max(this.#start, this.#searched - (HEADERS_END.length - 1));
    const found = this.#buffer.subarray(0, this.#end).indexOf(HEADERS_END, from, 'latin1');
    this.#searched = this.#end;
    const headBytes = found === -1 ? this.pendingBytes : found + HEADERS_END.length - this.#start;
    if (headBytes > this.#maxHeaderBytes) {
      return this.#fail('headers-too-large', this.#maxHeaderBytes, this.#head(this.#maxHeaderBytes));
    }
    if (found === -1) return INCOMPLETE;
    const head = this.#head(headBytes);
    const contentLength = readContentLength(head);
    if (contentLength.code !== undefined) return this.#fail(contentLength.code, contentLength.offset, head);
    this.#messageBytes = headBytes + contentLength.bytes;
    if (this.#messageBytes > this.#maxMessageBytes) return this.#fail('message-too-large', contentLength.offset, head);
    return undefined;
  }

  #head(bytes: number): string {
    return this.#buffer.toString('latin1', this.#start, this.#start + bytes);
  }

  #fail(code: FramingErrorCode, offset: number, head: string): Frame {
    this.#error = { kind: 'error', code, offset, head };
    this.#buffer = NOTHING;
    this.#start = 0;
    this.#end = 0;
    return this.#error;
  }

  #isOnlyLineEnds(): boolean {
    for (let at = this.#start; at < this.#end; at++) {
      if (this.#buffer[at] !== CR && this.#buffer[at] !== LF) return false;
    }
    return true;
  }

  #consume(bytes: number): void {
    this.#start += bytes;
    this.#searched = this.#start;
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
      this.#searched = 0;
      // A connection that once carried a large message gives its memory back.
      if (this.#buffer.length > DEFAULT_MAX_HEADER_BYTES) this.#buffer = NOTHING;
    }
  }

  /** Makes room for `bytes` more: by moving what is held to the front if that is the smaller half, else by doubling. */
  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const held = this.pendingBytes;
    let target = this.#buffer;
    if (held + bytes > target.length || held > target.length / 2) {
      let capacity = Math.max(target.length, FIRST_CAPACITY);
      while (capacity < (held + bytes) * 2) capacity *= 2;
      target = Buffer.allocUnsafe(capacity);
    }
    this.#buffer.copy(target, 0, this.#start, this.#end);
    this.#buffer = target;
    this.#searched -= this.#start;
    this.#start = 0;
    this.#end = held;
  }
}

interface ContentLength {
  readonly bytes: number;
  readonly code: FramingErrorCode | undefined;
  readonly offset: number;
}

/** RFC 3261 §18.3, §20.14: on a stream exactly one Content-Length says where the message ends; nothing else is guessed at. */
function readContentLength(head: string): ContentLength {
  let bytes = -1;
  let offset = 0;
  let at = head.indexOf('\r\n') + 2;
  while (at < head.length) {
    const lineStart = at;
    at = endOfField(head, at);
    const first = head.charCodeAt(lineStart) | 0x20;
    if (first !== LETTER_C && first !== LETTER_L) continue;
    const name = fieldName(head, lineStart);
    if (headerId(name) !== Header.ContentLength) continue;
    if (bytes !== -1) return { bytes, code: 'content-length-repeated', offset: lineStart };
    let colon = lineStart + name.length;
    while (head.charCodeAt(colon) === SP || head.charCodeAt(colon) === HTAB) colon++;
    offset = colon + 1;
    while (offset < at && LWS[head.charCodeAt(offset)] === 1) offset++;
    bytes = head.charCodeAt(colon) === COLON ? parseDigits(head, offset, trimLwsEnd(head, offset, at), 0xffffffff) : -1;
    if (bytes === -1) return { bytes, code: 'content-length-malformed', offset };
  }
  return bytes === -1
    ? { bytes, code: 'content-length-missing', offset: head.length }
    : { bytes, code: undefined, offset };
}

const LETTER_C = 0x63;
const LETTER_L = 0x6c;

/** The index after the header field at `start`, its folds included. */
function endOfField(head: string, start: number): number {
  let at = start;
  for (;;) {
    const lineEnd = head.indexOf('\r\n', at);
    if (lineEnd === -1) return head.length;
    at = lineEnd + 2;
    const c = head.charCodeAt(at);
    if (c !== SP && c !== HTAB) return at;
  }
}
