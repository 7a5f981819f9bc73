import { randomBytes } from 'node:crypto';

/** What came over a WebSocket, as far as SIP over it (RFC 7118) needs to know. */
export type ReceivedFrame =
  | { readonly kind: 'opened' }
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'ping'; readonly payload: Buffer }
  | { readonly kind: 'closed' };

const opcodes = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;
const final = 0x80;
const masked = 0x80;

/** The request that opens one (RFC 6455 §4.1). */
export function upgradeRequest(host: string): string {
  return [
    'GET / HTTP/1.1',
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: sip',
    '\r\n',
  ].join('\r\n');
}

/** A frame of a client, which masks what it sends (RFC 6455 §5.3). The key is 0: nothing on the way has to be fooled. */
export function clientFrame(kind: 'text' | 'pong', payload: Buffer): Buffer {
  const first = final | opcodes[kind];
  const head =
    payload.length < 126
      ? Buffer.from([first, masked | payload.length])
      : Buffer.from([first, masked | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** The client's side of reading: the handshake's answer, then frames of a server that doesn't fragment. */
export class WebSocketReader {
  #bytes: Buffer = Buffer.alloc(0);
  #isOpen = false;

  /** What is whole by now. */
  *push(chunk: Buffer): Iterable<ReceivedFrame> {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (!this.#isOpen) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      const isAccepted = this.#bytes.subarray(0, 12).toString('latin1') === 'HTTP/1.1 101';
      this.#bytes = this.#bytes.subarray(end + 4);
      this.#isOpen = true;
      yield { kind: isAccepted ? 'opened' : 'closed' };
    }
    for (;;) {
      const frame = this.#next();
      if (frame === undefined) return;
      yield frame;
    }
  }

  #next(): ReceivedFrame | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const short = bytes.readUInt8(1) & 0x7f;
    const headLength = short < 126 ? 2 : 4;
    if (bytes.length < headLength) return undefined;
    const end = headLength + (short < 126 ? short : bytes.readUInt16BE(2));
    if (bytes.length < end) return undefined;
    const payload = bytes.subarray(headLength, end);
    // A view would keep the whole chunk alive between two pings.
    this.#bytes = end === bytes.length ? Buffer.alloc(0) : bytes.subarray(end);
    switch (bytes.readUInt8(0) & 0x0f) {
      case opcodes.close:
        return { kind: 'closed' };
      case opcodes.ping:
        return { kind: 'ping', payload };
      default:
        return { kind: 'message', text: payload.toString('latin1') };
    }
  }
}
