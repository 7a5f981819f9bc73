import { readAttribute, readBandwidth, readConnection, readMedia, readOrigin, readTime } from './fields.js';
import { type Line, scanLines } from './lines.js';
import type {
  Attribute,
  Bandwidth,
  Connection,
  MediaDescription,
  Origin,
  SdpFailure,
  SessionDescription,
} from './session-description.js';

/** More lines than any offer has; beyond it the description is hostile. */
const MAX_LINES = 2000;

interface MediaDraft extends Pick<MediaDescription, 'media' | 'port' | 'portCount' | 'protocol' | 'formats'> {
  readonly line: Line;
  readonly lineNumber: number;
  information: string | undefined;
  readonly connections: Connection[];
  readonly bandwidths: Bandwidth[];
  readonly attributes: Attribute[];
}

class Reader {
  readonly #text: string;
  origin: Origin | undefined;
  sessionName: string | undefined;
  information: string | undefined;
  uri: string | undefined;
  readonly emails: string[] = [];
  readonly phones: string[] = [];
  connection: Connection | undefined;
  readonly bandwidths: Bandwidth[] = [];
  readonly times: { start: string; stop: string; repeats: string[] }[] = [];
  timeZones: string | undefined;
  readonly attributes: Attribute[] = [];
  readonly media: MediaDraft[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Takes one line after the first; a failure's code and reason, or undefined. */
  take(line: Line, lineNumber: number): readonly [SdpFailure['code'], string] | undefined {
    const value = this.#text.slice(line.start + 2, line.end);
    const section = this.media.at(-1);
    switch (line.type) {
      case 'm': {
        const media = readMedia(value);
        if (media === undefined)
          return ['bad-media', 'm= needs a media type, a port, a protocol and at least one format'];
        this.media.push({
          ...media,
          line,
          lineNumber,
          information: undefined,
          connections: [],
          bandwidths: [],
          attributes: [],
        });
        return undefined;
      }
      case 'a': {
        const attribute = readAttribute(value);
        if (attribute === undefined) return ['bad-attribute', 'a= needs a name'];
        (section ?? this).attributes.push(attribute);
        return undefined;
      }
      case 'c': {
        const connection = readConnection(value);
        if (connection === undefined) return ['bad-connection', 'c= needs IN, IP4 or IP6, and an address of that type'];
        if (section !== undefined) section.connections.push(connection);
        else if (this.connection !== undefined) return ['repeated-line', 'c= occurs twice before the first m='];
        else this.connection = connection;
        return undefined;
      }
      case 'b': {
        const bandwidth = readBandwidth(value);
        if (bandwidth === undefined) return ['bad-bandwidth', 'b= needs a type, a colon and a number'];
        (section ?? this).bandwidths.push(bandwidth);
        return undefined;
      }
      case 'i':
        (section ?? this).information = value;
        return undefined;
      case 'k':
        // RFC 8866 §5.12: obsolete, to be discarded.
        return undefined;
      default:
        return section === undefined
          ? this.#takeSessionLine(line.type, value)
          : 'vosuepztr'.includes(line.type) && line.type !== ''
            ? ['misplaced-line', `${line.type}= may not follow an m= line`]
            : unreadable(line.type);
    }
  }

  #takeSessionLine(type: string, value: string): readonly [SdpFailure['code'], string] | undefined {
    switch (type) {
      case 'o':
        if (this.origin !== undefined) return ['repeated-line', 'o= occurs twice'];
        this.origin = readOrigin(value);
        return this.origin === undefined
          ? ['bad-origin', 'o= needs a user name, two numbers, IN, IP4 or IP6, and an address']
          : undefined;
      case 's':
        if (this.sessionName !== undefined) return ['repeated-line', 's= occurs twice'];
        this.sessionName = value;
        return undefined;
      case 'u':
        this.uri = value;
        return undefined;
      case 'e':
        this.emails.push(value);
        return undefined;
      case 'p':
        this.phones.push(value);
        return undefined;
      case 't': {
        const time = readTime(value);
        if (time === undefined) return ['bad-time', 't= needs a start and a stop time, both numbers'];
        this.times.push({ ...time, repeats: [] });
        return undefined;
      }
      case 'r': {
        const time = this.times.at(-1);
        if (time === undefined) return ['misplaced-line', 'r= needs a t= line before it'];
        time.repeats.push(value);
        return undefined;
      }
      case 'z':
        this.timeZones = value;
        return undefined;
      case 'v':
        return ['repeated-line', 'v= occurs twice'];
      default:
        return unreadable(type);
    }
  }
}

function unreadable(type: string): readonly [SdpFailure['code'], string] {
  if (type === '') return ['not-a-line', 'every line is a letter, "=" and a value'];
  // RFC 8866 §5: a description with a type letter that is not understood is rejected as a whole.
  return ['unknown-type', `${type}= is no line type of RFC 8866`];
}

/**
 * Reads a session description (RFC 8866), as wire text. It is lenient where the meaning is certain: bare LF, a missing last line
 * ending, missing `s=` and `t=` lines, lines of a section in another order. Returns a failure with line and offset for everything
 * else. Never throws.
 */
export function parseSession(text: string): SessionDescription | SdpFailure {
  const lines = scanLines(text, MAX_LINES + 1);
  const [first] = lines;
  if (first === undefined)
    return { kind: 'failure', code: 'empty', line: 1, offset: 0, reason: 'the description is empty' };
  const fail = (line: Line, lineNumber: number, code: SdpFailure['code'], reason: string): SdpFailure => ({
    kind: 'failure',
    code,
    line: lineNumber,
    offset: line.start,
    reason,
  });
  if (lines.length > MAX_LINES) return fail(first, 1, 'too-many-lines', `more than ${MAX_LINES} lines`);
  // RFC 8866 §5.1: v=0 comes first.
  if (first.type !== 'v') return fail(first, 1, 'misplaced-line', 'a description begins with v=0');
  if (text.slice(first.start + 2, first.end).trim() !== '0') {
    return fail(first, 1, 'unsupported-version', 'the only version is 0');
  }

  const reader = new Reader(text);
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] as Line;
    const failure = reader.take(line, at + 1);
    if (failure !== undefined) return fail(line, at + 1, failure[0], failure[1]);
  }
  if (reader.origin === undefined) return fail(first, 1, 'missing-origin', 'there is no o= line');
  for (const media of reader.media) {
    // RFC 8866 §5.7: a connection for every stream; one that is rejected (port 0) needs none.
    if (media.connections.length === 0 && reader.connection === undefined && media.port !== 0) {
      return fail(media.line, media.lineNumber, 'missing-connection', 'neither this m= nor the session has a c= line');
    }
  }
  return {
    kind: 'session',
    origin: reader.origin,
    sessionName: reader.sessionName ?? '-',
    information: reader.information,
    uri: reader.uri,
    emails: reader.emails,
    phones: reader.phones,
    connection: reader.connection,
    bandwidths: reader.bandwidths,
    times: reader.times.length > 0 ? reader.times : [{ start: '0', stop: '0', repeats: [] }],
    timeZones: reader.timeZones,
    attributes: reader.attributes,
    media: reader.media.map(({ line: _line, lineNumber: _lineNumber, ...media }) => media),
  };
}
