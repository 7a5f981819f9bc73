import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { frame, handshake } from './testing/web-socket-bytes.js';
import { dial, openWebSocketPort, plain } from './testing/web-socket-ends.js';

describe('a WebSocket', () => {
  const bare = 'OPTIONS sip:a SIP/2.0\r\nX: y\r\n\r\n';

  it('takes a message from a text or binary frame, or from fragments, without Content-Length', async () => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events);
    const { socket } = await plain(port);
    socket.write(handshake());
    socket.write(frame(1, Buffer.from(`${bare}text é`)));
    socket.write(frame(2, Buffer.from(`${bare}\xff`, 'latin1')));
    socket.write(frame(1, Buffer.from(bare), false));
    socket.write(frame(9, Buffer.from('ping in between')));
    socket.write(frame(0, Buffer.from('rest')));
    await eventually(() => expect(events.messages).toEqual([`${bare}text Ã©`, `${bare}\xff`, `${bare}rest`]));
  });

  it('gets text where that is UTF-8, and otherwise bytes', async () => {
    const port = await openWebSocketPort(new RecordedEvents());
    const client = await dial(port);
    const frames: [string, boolean][] = [];
    client.on('message', (data, isBinary) => frames.push([(data as Buffer).toString('latin1'), isBinary]));
    await eventually(() => expect(port.size).toBe(1));
    const [flow] = port.connections();
    for (const raw of [bare, `${bare}Ã©`, `${bare}\xe9`]) flow?.send(raw);
    await eventually(() =>
      expect(frames).toEqual([
        [bare, false],
        [`${bare}Ã©`, false],
        [`${bare}\xe9`, true],
      ]),
    );
  });

  it.each([
    ['\r\n\r\n', '\r\n'],
    ['\r\n', ''],
    ['', ''],
  ])('takes %j for a keepalive', async (sent, answer) => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events);
    const client = await dial(port);
    let text = '';
    client.on('message', (data) => {
      text += (data as Buffer).toString('latin1');
    });
    client.send(sent);
    client.send(bare);
    await eventually(() => expect(events.messages).toEqual([bare]));
    await eventually(() => expect(text).toBe(answer));
  });

  it.each<[what: string, bytes: Buffer, code: number]>([
    ['text that is no UTF-8', frame(1, Buffer.from([0xff])), 1007],
    ['a message above the limit', frame(2, Buffer.alloc(2_001)), 1009],
    [
      'fragments above the limit',
      Buffer.concat([frame(2, Buffer.alloc(1_500), false), frame(0, Buffer.alloc(600))]),
      1009,
    ],
    [
      'a message in far too many fragments',
      Buffer.concat([
        frame(2, Buffer.alloc(1), false),
        ...Array.from({ length: 300 }, () => frame(0, Buffer.alloc(1), false)),
      ]),
      1008,
    ],
    ['an unknown opcode', frame(3, Buffer.from('x')), 1002],
    ['a frame without mask', Buffer.from([0x81, 0x01, 0x78]), 1002],
    ['a long ping', frame(9, Buffer.alloc(126)), 1002],
  ])('closes for %s, and says so', async (_what, bytes, code) => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events, { maxMessageBytes: 2_000 });
    const { socket, text } = await plain(port);
    socket.write(handshake());
    await eventually(() => expect(text()).toContain('\r\n\r\n'));
    const before = text().length;
    socket.write(bytes);
    await once(socket, 'close');
    const close = Buffer.from(text().slice(before), 'latin1');
    expect(close.readUInt8(0)).toBe(0x88);
    expect(close.readUInt16BE(2)).toBe(code);
    await eventually(() => expect(events.closings).toEqual([expect.stringMatching(/^error-WS_ERR_/)]));
    expect(events.messages).toEqual([]);
    expect(port.size).toBe(0);
  });

  it.each([
    ['a frame', frame(2, Buffer.alloc(50_000)).subarray(0, 20), Buffer.from('x')],
    ['a fragmented message', frame(1, Buffer.from(bare), false), frame(0, Buffer.from('x'), false)],
    ['a fragmented message, with pongs between', frame(1, Buffer.from(bare), false), frame(10, Buffer.from('pong'))],
  ])('that never ends %s is closed, however often a piece of it comes', async (_what, begin, more) => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events, { messageTimeoutMs: 60, maxMessageBytes: 60_000 });
    const { socket } = await plain(port);
    socket.write(handshake());
    await eventually(() => expect(port.size).toBe(1));
    socket.write(begin);
    const dripping = setInterval(() => socket.write(more), 5);
    const closed = eventually(() => expect(events.closings).toEqual(['message-timeout']));
    await closed.finally(() => clearInterval(dripping));
    expect(events.messages).toEqual([]);
  });

  it('that pings and pongs and says something now and then is not taken for one', async () => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events, { messageTimeoutMs: 40 });
    const { socket } = await plain(port);
    socket.write(handshake());
    let said = 0;
    const talking = setInterval(() => {
      said += 1;
      socket.write(
        Buffer.concat([frame(10, Buffer.from('pong')), frame(9, Buffer.alloc(0)), frame(1, Buffer.from(bare))]),
      );
    }, 10);
    const pinging = setInterval(() => socket.write(frame(9, Buffer.from('ping'))), 3);
    await eventually(() => expect(said).toBeGreaterThan(20)).finally(() => [talking, pinging].map(clearInterval));
    await eventually(() => expect(events.messages).toHaveLength(said));
    expect(events.closings).toEqual([]);
  });

  it('is pinged, and stays while it answers', async () => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events, { pingIntervalMs: 20, pongTimeoutMs: 2_000 });
    const client = await dial(port);
    let pings = 0;
    client.on('ping', () => {
      pings += 1;
    });
    await eventually(() => expect(pings).toBeGreaterThan(2));
    expect(events.closings).toEqual([]);
  });

  it('whose peer answers no ping is closed', async () => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events, { pingIntervalMs: 20, pongTimeoutMs: 20 });
    const client = await dial(port, { autoPong: false });
    await eventually(() => expect(events.closings).toEqual(['no-pong']));
    await eventually(() => expect(client.readyState).toBe(WebSocket.CLOSED));
    expect(port.size).toBe(0);
  });

  it('tells a client that its port closes', async () => {
    const port = await openWebSocketPort(new RecordedEvents());
    const client = await dial(port);
    const closed = once(client, 'close');
    await port.close();
    expect(await closed).toEqual([1001, Buffer.alloc(0)]);
  });

  it('closes after the linger time where the peer says nothing to a close', async () => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events, { lingerMs: 20 });
    const { socket } = await plain(port);
    socket.write(handshake());
    await eventually(() => expect(port.size).toBe(1));
    const [flow] = port.connections();
    flow?.close();
    expect(flow?.send(bare)).toBe(false);
    await eventually(() => expect(events.closings).toEqual(['closed']));
    expect(port.size).toBe(0);
  });

  it('is opened by clients only', async () => {
    const events = new RecordedEvents();
    const port = await openWebSocketPort(events);
    const flow = port.flowTo({ host: '192.0.2.1', port: 80 });
    expect(flow.closed).toBe(true);
    expect(flow.flowTo({ host: '192.0.2.2', port: 80 }).closed).toBe(true);
    await eventually(() => expect(events.closings).toEqual(['only-clients-connect', 'only-clients-connect']));
  });
});
