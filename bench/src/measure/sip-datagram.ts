import type { SeenDatagram } from './capture.js';

/** What tells messages of a capture apart. */
export interface SipDatagram {
  /** Empty in a request. */
  readonly statusCode: string;
  readonly callId: string;
  readonly cseqNumber: string;
  readonly method: string;
}

/** Undefined of what isn't SIP, or was cut before what is needed of it. */
export function sipDatagram({ text }: SeenDatagram): SipDatagram | undefined {
  const startLine = /^(?:SIP\/2\.0 (\d{3}) |\w+ )/.exec(text);
  const callId = /^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)/im.exec(text)?.[1];
  const [, cseqNumber, method] = /^CSeq[ \t]*:[ \t]*(\d+)[ \t]+(\w+)/im.exec(text) ?? [];
  if (startLine === null || callId === undefined || cseqNumber === undefined || method === undefined) return undefined;
  return { statusCode: startLine[1] ?? '', callId, cseqNumber, method };
}
