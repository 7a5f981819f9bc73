import { describe, expect, it } from 'vitest';
import { clientFrame, type ReceivedFrame, WebSocketReader } from './web-socket-frames.js';

const accepted = Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');

/** Frames of a server, which masks nothing. */
function serverFrame(opcode: number, payload: Buffer): Buffer {
  const length =
    payload.length < 126 ? [payload.length] : [126, Math.floor(payload.length / 256), payload.length % 256];
  return Buffer.concat([Buffer.from([0x80 + opcode, ...length]), payload]);
}

function read(chunks: readonly Buffer[]): readonly ReceivedFrame[] {
  const reader = new WebSocketReader();
  return chunks.flatMap((chunk) => [...reader.push(chunk)]);
}

describe('the frames of a phone of the storm', () => {
  const long = 'x'.repeat(700);
  const stream = Buffer.concat([
    accepted,
    serverFrame(1, Buffer.from('SIP/2.0 200 OK')),
    serverFrame(9, Buffer.from('are you there')),
    serverFrame(1, Buffer.from(long)),
    serverFrame(8, Buffer.alloc(0)),
  ]);
  const expected = [
    { kind: 'opened' },
    { kind: 'message', text: 'SIP/2.0 200 OK' },
    { kind: 'ping', payload: Buffer.from('are you there') },
    { kind: 'message', text: long },
    { kind: 'closed' },
  ];

  it('are read at once, or a byte at a time', () => {
    expect(read([stream])).toEqual(expected);
    expect(read(Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(expected);
  });

  it('a server that refuses the handshake is one that closes', () => {
    expect(read([Buffer.from('HTTP/1.1 403 Forbidden\r\n\r\n')])).toEqual([{ kind: 'closed' }]);
  });

  it.each([0, 125, 126, 700])('are masked, also with %d bytes', (length) => {
    const frame = clientFrame('text', Buffer.alloc(length, 'y'));
    expect(frame[0]).toBe(0x81);
    expect((frame[1] ?? 0) & 0x80).toBe(0x80);
    expect(frame.subarray(-length || frame.length).toString()).toBe('y'.repeat(length));
  });
});
