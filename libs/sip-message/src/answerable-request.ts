import { COLON, CR, HTAB, LF, SP, skipLws, TOKEN, trimLwsEnd } from './chars.js';
import { unfold } from './fold.js';
import { Header, type HeaderId } from './header.js';
import { headerId } from './header-name-tree.js';
import { methodAt } from './method.js';

/** A request that could not be parsed but can be answered: `buildResponse` copies from it what it has. */
export class AnswerableRequest {
  readonly kind = 'answerable';
  readonly method: string;
  readonly #fields: readonly (readonly [HeaderId, string])[];

  constructor(method: string, fields: readonly (readonly [HeaderId, string])[]) {
    this.method = method;
    this.#fields = fields;
  }

  /** The first field's value, unfolded, perhaps malformed. */
  value(id: HeaderId): string | undefined {
    return this.#fields.find((field) => field[0] === id)?.[1];
  }

  values(id: HeaderId): readonly string[] {
    return this.#fields.filter((field) => field[0] === id).map((field) => field[1]);
  }
}

/** The fields an answer copies (RFC 3261 §8.2.6.2). */
const COPIED: ReadonlySet<HeaderId> = new Set([
  Header.Via,
  Header.From,
  Header.To,
  Header.CallId,
  Header.CSeq,
  Header.Timestamp,
]);

/** Fields beyond this many are not read: a malformed message earns no more work. */
const MAX_FIELDS = 256;

/**
 * Reads from a malformed request what an answer copies. undefined when it must not be answered (ACK, RFC 3261 §17.1.1.3),
 * is no request, or has no Via header to copy. From, To, Call-ID or CSeq may be missing: the answer then lacks them, and
 * a peer that sent such a request is told so all the same (RFC 4475 §3.3.1).
 */
export function answerablePart(raw: string, start: number): AnswerableRequest | undefined {
  const methodEnd = endOfToken(raw, start);
  if (methodEnd === start || raw.charCodeAt(methodEnd) !== SP) return undefined;
  const method = methodAt(raw, start, methodEnd);
  if (method === 'ACK') return undefined;
  const fields: [HeaderId, string][] = [];
  let at = nextLine(raw, start);
  for (let count = 0; at < raw.length && count < MAX_FIELDS; count++) {
    const c = raw.charCodeAt(at);
    if (c === CR || c === LF) break;
    let end = nextLine(raw, at);
    while (end < raw.length && (raw.charCodeAt(end) === SP || raw.charCodeAt(end) === HTAB)) end = nextLine(raw, end);
    const nameEnd = endOfToken(raw, at);
    const colon = skipBlanks(raw, nameEnd);
    if (nameEnd > at && raw.charCodeAt(colon) === COLON) {
      const id = headerId(raw.slice(at, nameEnd));
      const repeated = id !== Header.Via && fields.some((field) => field[0] === id);
      if (COPIED.has(id) && !repeated) {
        const from = skipLws(raw, colon + 1, end);
        fields.push([id, unfold(raw.slice(from, trimLwsEnd(raw, from, end)))]);
      }
    }
    at = end;
  }
  const answerable = new AnswerableRequest(method, fields);
  const via = answerable.value(Header.Via);
  return via === undefined || via === '' ? undefined : answerable;
}

/** What can be answered of a message that a stream's framing error left behind, or undefined. See {@link AnswerableRequest}. */
export function answerableRequest(head: string): AnswerableRequest | undefined {
  let start = 0;
  while (head.startsWith('\r\n', start)) start += 2;
  return answerablePart(head, start);
}

function endOfToken(raw: string, at: number): number {
  while (TOKEN[raw.charCodeAt(at)] === 1) at++;
  return at;
}

function skipBlanks(raw: string, at: number): number {
  while (raw.charCodeAt(at) === SP || raw.charCodeAt(at) === HTAB) at++;
  return at;
}

/** The index after the next line end; here a lone CR or LF ends a line too, so that nothing after it is copied along. */
function nextLine(raw: string, from: number): number {
  let at = from;
  while (at < raw.length) {
    const c = raw.charCodeAt(at++);
    if (c === LF) return at;
    if (c === CR) return raw.charCodeAt(at) === LF ? at + 1 : at;
  }
  return at;
}
