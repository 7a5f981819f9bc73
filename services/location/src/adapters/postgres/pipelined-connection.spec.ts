import { createServer, type Server, type Socket } from 'node:net';
import { createLogger, OutageLog } from '@ringdown/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PipelinedConnection } from './pipelined-connection.js';

describe('PipelinedConnection to a server that accepts and says nothing', () => {
  let server: Server;
  let sockets: Socket[];
  let lines: string[];
  let connection: PipelinedConnection;

  beforeEach(async () => {
    sockets = [];
    lines = [];
    server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    connection = new PipelinedConnection({
      url: `postgres://nobody@127.0.0.1:${address.port}/nothing`,
      outages: new OutageLog(
        createLogger({ service: 'test', level: 'info', pretty: false, write: (line) => void lines.push(line) }),
      ),
      applicationName: 'test',
      connectTimeoutMs: 100,
      statementTimeoutMs: 100,
    });
  });
  afterEach(async () => {
    await connection.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('fails within the connect timeout, at once right after, and is reported once', async () => {
    await expect(connection.client()).rejects.toMatchObject({ code: 'unavailable' });
    const tried = sockets.length;
    await expect(connection.client()).rejects.toMatchObject({ code: 'unavailable' });
    expect(sockets.length).toBe(tried);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('Postgres cannot be reached');
  });

  it('opens one connection for all who ask at once', async () => {
    await Promise.allSettled(Array.from({ length: 5 }, () => connection.client()));
    expect(sockets).toHaveLength(1);
  });

  it('serves nobody once closed', async () => {
    await connection.close();
    await expect(connection.client()).rejects.toMatchObject({ code: 'unavailable', message: 'location is stopping' });
  });
});
