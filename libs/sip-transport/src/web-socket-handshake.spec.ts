import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { handshake } from './testing/web-socket-bytes.js';
import { dial, openWebSocketPort, plain } from './testing/web-socket-ends.js';

describe('a WebSocket handshake', () => {
  it.each([
    ['for sip', handshake()],
    ['for several subprotocols, sip among them', handshake({ 'Sec-WebSocket-Protocol': 'xmpp, sip' })],
    ['at any path', handshake({}, 'GET /a/path?with=query HTTP/1.1')],
  ])('%s is answered as in RFC 6455 and RFC 7118', async (_what, request) => {
    const port = await openWebSocketPort(new RecordedEvents());
    const { socket, text } = await plain(port);
    for (const byte of request) socket.write(byte);
    await eventually(() => expect(text()).toContain('\r\n\r\n'));
    expect(text()).toMatch(/^HTTP\/1.1 101 /);
    expect(text()).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
    expect(text()).toContain('Sec-WebSocket-Protocol: sip\r\n');
    await eventually(() => expect(port.counters).toMatchObject({ accepted: 1, failedHandshakes: 0 }));
  });

  const subprotocol = 'The subprotocol "sip" is required (RFC 7118, section 4.1).';
  const websocket = 'This port speaks SIP over WebSocket (RFC 7118): connect with the subprotocol "sip".';
  it.each<[what: string, request: string, status: number, sentence: string, reason: string]>([
    ['no subprotocol', handshake({ 'Sec-WebSocket-Protocol': undefined }), 400, subprotocol, 'no-subprotocol'],
    ['another', handshake({ 'Sec-WebSocket-Protocol': 'xmpp' }), 400, subprotocol, 'no-subprotocol'],
    [
      'one that begins alike',
      handshake({ 'Sec-WebSocket-Protocol': 'sips, siphon' }),
      400,
      subprotocol,
      'no-subprotocol',
    ],
    ['another version', handshake({ 'Sec-WebSocket-Version': '12' }), 400, 'Sec-WebSocket-Version', 'bad-handshake'],
    ['no key', handshake({ 'Sec-WebSocket-Key': undefined }), 400, 'Sec-WebSocket-Key', 'bad-handshake'],
    ['another upgrade', handshake({ Upgrade: 'h2c' }), 400, 'Upgrade', 'bad-handshake'],
    ['POST', handshake({}, 'POST / HTTP/1.1'), 400, 'HTTP method', 'bad-handshake'],
    ['plain HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 426, websocket, 'plain-http'],
    [
      'plain HTTP with a body',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
      426,
      websocket,
      'plain-http',
    ],
    ['SIP', 'OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n', 400, 'This is no HTTP request.', 'bad-request'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`,
      400,
      'This is no HTTP request.',
      'bad-request',
    ],
  ])('with %s is refused with a reason, and counted', async (_what, request, status, sentence, reason) => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events);
    const { socket, text } = await plain(port);
    socket.write(request);
    await once(socket, 'close');
    expect(text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text()).toContain(sentence);
    expect(Object.fromEntries(port.handshakeFailures)).toEqual({ [reason]: 1 });
    expect(events.all).toEqual([]);
    expect(port.size).toBe(0);
  });

  it.each([
    ['is on the list', 'https://phone.example.com', 1],
    ['is on the list but for its capitals', 'https://Phone.Example.com', 1],
    ['is absent, as with phones', undefined, 1],
    ['is not on the list', 'https://evil.example.com', 0],
    ['has another scheme', 'http://phone.example.com', 0],
    ['is null', 'null', 0],
  ])('whose origin %s', async (_what, origin, accepted) => {
    const port = await openWebSocketPort(new RecordedEvents(), {}, { origins: ['https://phone.example.com'] });
    const { socket, text } = await plain(port);
    socket.write(handshake({ Origin: origin }));
    await eventually(() => expect(text()).toMatch(accepted === 1 ? /^HTTP\/1.1 101 / : /^HTTP\/1.1 403 /));
    await eventually(() => expect(port.counters).toMatchObject({ accepted, failedHandshakes: 1 - accepted }));
  });

  it.each([
    ['never comes', ''],
    ['never ends', 'GET / HTTP/1.1\r\nHost: a\r\n'],
  ])('that %s is given up', async (_what, written) => {
    const port = await openWebSocketPort(new RecordedEvents(), { handshakeTimeoutMs: 30, maxConnections: 1 });
    const { socket } = await plain(port);
    socket.write(written);
    await once(socket, 'close');
    expect(Object.fromEntries(port.handshakeFailures)).toEqual({ timeout: 1 });
    await dial(port);
  });

  it('under way ends with the port', async () => {
    const port = await openWebSocketPort(new RecordedEvents());
    const { socket } = await plain(port);
    socket.write('GET / HT');
    await new Promise((resolve) => setImmediate(resolve));
    await port.close();
    await eventually(() => expect(socket.closed).toBe(true));
  });

  it('offers no compression', async () => {
    const port = await openWebSocketPort(new RecordedEvents());
    const client = await dial(port, { perMessageDeflate: true });
    expect(client.extensions).toBe('');
  });
});
