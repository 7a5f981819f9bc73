/** The request of a client's handshake, with other headers, or without those that are undefined. */
export function handshake(headers: Record<string, string | undefined> = {}, start = 'GET / HTTP/1.1'): string {
  const all = {
    Host: 'sip.example.com',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': 'sip',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}\r\n`));
  return `${start}\r\n${lines.join('')}\r\n`;
}

/** A frame as a client sends it, masked with zeros. */
export function frame(opcode: number, payload: Buffer, final = true): Buffer {
  const head = [(final ? 0x80 : 0) | opcode, 0x80 | Math.min(payload.length, 126)];
  if (payload.length > 125) head.push(payload.length >> 8, payload.length & 255);
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
