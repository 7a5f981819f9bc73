/**
 * A SIP message as it was on the wire, read by the tests' own few rules and not by the platform's parser: what checks a parser must not
 * share its mistakes. The messages of these tests fold no lines and use no compact forms.
 */
export class WireMessage {
  readonly startLine: string;
  readonly body: string;
  private readonly fields: readonly (readonly [name: string, value: string])[];

  constructor(readonly raw: string) {
    const end = raw.indexOf('\r\n\r\n');
    const [startLine = '', ...lines] = raw.slice(0, end === -1 ? raw.length : end).split('\r\n');
    this.startLine = startLine;
    this.body = end === -1 ? '' : raw.slice(end + 4);
    this.fields = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    });
  }

  /** Of a response; undefined for a request. */
  get statusCode(): number | undefined {
    const match = /^SIP\/2\.0 (\d{3})/.exec(this.startLine);
    return match === null ? undefined : Number(match[1]);
  }

  /** Of the request, or of the request that a response answers. */
  get method(): string {
    return this.header('CSeq').split(' ')[1] ?? '';
  }

  get cseq(): number {
    return Number.parseInt(this.header('CSeq'), 10);
  }

  get requestUri(): string {
    return this.statusCode === undefined ? (this.startLine.split(' ')[1] ?? '') : '';
  }

  /** What a call flow figure would write on the arrow: `INVITE`, `180 INVITE`, `200 BYE`. */
  get label(): string {
    return this.statusCode === undefined ? this.method : `${this.statusCode} ${this.method}`;
  }

  get callId(): string {
    return this.header('Call-ID');
  }

  get fromTag(): string | undefined {
    return tagOf(this.header('From'));
  }

  get toTag(): string | undefined {
    return tagOf(this.header('To'));
  }

  has(name: string): boolean {
    return this.fields.some(([each]) => each === name.toLowerCase());
  }

  /** The first field's value; empty where there is none. */
  header(name: string): string {
    return this.fields.find(([each]) => each === name.toLowerCase())?.[1] ?? '';
  }

  /** One per header field line. */
  lines(name: string): readonly string[] {
    return this.fields.filter(([each]) => each === name.toLowerCase()).map(([, value]) => value);
  }

  /** The elements of a comma-separated header (Via, Route, Record-Route, Contact) over all of its lines, topmost first. */
  list(name: string): readonly string[] {
    return this.lines(name)
      .flatMap((line) => line.match(/(?:<[^>]*>|"[^"]*"|[^,<"])+/g) ?? [])
      .map((text) => text.trim());
  }
}

/** The URI within the brackets of a name-addr, or before the parameters of an addr-spec. */
export function uriIn(value: string): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value.split(';', 1)[0] ?? value;
}

/** A parameter behind the brackets of a header value, or of a Via. */
export function parameterOf(value: string, name: string): string | undefined {
  const behind = value.includes('>') ? value.slice(value.indexOf('>') + 1) : value;
  return new RegExp(`;\\s*${name}=([^;,\\s]*)`, 'i').exec(behind)?.[1];
}

/** `host:port` of a Via's sent-by. */
export function sentByOf(via: string): string {
  return /^SIP\/2\.0\/\w+\s+([^;\s]+)/.exec(via)?.[1] ?? '';
}

function tagOf(value: string): string | undefined {
  return parameterOf(value, 'tag');
}

/** Cuts a byte stream into messages by Content-Length (RFC 3261 §18.3). Keepalives between messages are passed over. */
export class WireFramer {
  private text = '';

  /** Takes more bytes and gives the messages that are complete. */
  push(chunk: Buffer): readonly string[] {
    this.text += chunk.toString('latin1');
    const complete: string[] = [];
    for (;;) {
      this.text = this.text.replace(/^(?:\r\n)+/, '');
      const end = this.text.indexOf('\r\n\r\n');
      if (end === -1) return complete;
      const length = Number(/\r\nContent-Length\s*:\s*(\d+)/i.exec(this.text.slice(0, end))?.[1] ?? 0);
      const total = end + 4 + length;
      if (this.text.length < total) return complete;
      complete.push(this.text.slice(0, total));
      this.text = this.text.slice(total);
    }
  }
}
