// Memory of an idle connection, by transport. The clients are in a process of their own. Every client says one message and gets an
// answer; then nothing happens. Run after a build: node libs/sip-transport/bench/connections.ts [connections]
import { execFileSync, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  ServerCertificates,
  type StreamPort,
  type StreamPortOptions,
  TcpPort,
  TlsPort,
  WebSocketPort,
} from '../dist/index.js';

const message =
  'REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n';

/** A client's message: as it is, or in a masked text frame. */
function wrapped(kind: string): Buffer {
  const text = Buffer.from(message);
  if (!kind.startsWith('WS')) return text;
  return Buffer.concat([Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 255, 0, 0, 0, 0]), text]);
}

const upgrade =
  'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n';

/** Opens the connections, a few at a time, and says when all of them have their answer. */
async function runClients(kind: string, port: number, count: number): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const target = { host: `127.0.0.${1 + Math.floor(Math.random() * 250)}`, port };
      const socket =
        kind === 'TLS' || kind === 'WSS' ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
      let upgraded = !kind.startsWith('WS');
      socket.on('error', reject);
      socket.once(kind === 'TLS' || kind === 'WSS' ? 'secureConnect' : 'connect', () => {
        socket.write(upgraded ? wrapped(kind) : upgrade);
      });
      socket.on('data', () => {
        if (upgraded) resolve();
        else socket.write(wrapped(kind));
        upgraded = true;
      });
    });
  for (let opened = 0; opened < count; opened += 50)
    await Promise.all(Array.from({ length: Math.min(50, count - opened) }, one));
  process.send?.('open');
}

interface Memory {
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function memory(): Promise<Memory> {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed, external };
}

function ignore(): void {}

async function measure(kind: string, open: (options: StreamPortOptions) => Promise<StreamPort>, count: number) {
  const before = await memory();
  const port = await open({
    host: '0.0.0.0',
    port: 0,
    events: {
      message: (_raw, flow) => void flow.send('SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'),
      malformed: ignore,
      flowClosed: ignore,
      sendFailed: ignore,
    },
    limits: { maxConnectionsPerHost: count, lingerMs: 100, pingIntervalMs: 0, idleTimeoutMs: 3_600_000 },
  });
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  const clients = fork(import.meta.filename, ['clients', kind, String(port.address.port), String(count)]);
  await new Promise((resolve, reject) => {
    clients.once('message', resolve);
    clients.once('exit', () => reject(new Error('the clients are gone')));
  });
  const { user, system } = process.cpuUsage(cpu);
  const tookMs = performance.now() - startedMs;
  // Long enough for two sweeps, the second of which finds them quiet.
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  const after = await memory();
  const each = (key: keyof Memory): string => ((after[key] - before[key]) / count / 1024).toFixed(1);
  process.stdout.write(
    `${kind.padEnd(4)} ${port.size} connections: ${each('rss')} KiB each (heap ${each('heap')}, external ${each('external')}), ` +
      `${((user + system) / count / 1000).toFixed(2)} ms of CPU and ${(count / (tookMs / 1000)).toFixed(0)}/s to open\n`,
  );
  clients.removeAllListeners();
  clients.kill();
  await port.close();
}

if (process.argv[2] === 'clients') {
  const [kind = '', port, count] = process.argv.slice(3);
  await runClients(kind, Number(port), Number(count));
} else {
  const count = Number(process.argv[2] ?? 2_000);
  const wanted = process.argv[3];
  if (wanted === undefined) {
    // A process for each, since memory isn't given back all at once.
    for (const kind of ['TCP', 'TLS', 'WS', 'WSS'])
      execFileSync(process.execPath, [import.meta.filename, String(count), kind], { stdio: 'inherit' });
  } else {
    const folder = mkdtempSync(join(tmpdir(), 'connections-'));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout ${key} -out ${cert}`;
    execFileSync('openssl', request.split(' '), { stdio: 'ignore' });
    const certificates = ServerCertificates.of([
      { certPem: readFileSync(cert, 'utf8'), keyPem: readFileSync(key, 'utf8') },
    ]);
    rmSync(folder, { recursive: true });
    await measure(
      wanted,
      (options) => {
        if (wanted === 'TCP') return TcpPort.open(options);
        if (wanted === 'TLS') return TlsPort.open({ ...options, certificates });
        return WebSocketPort.open({ ...options, certificates: wanted === 'WSS' ? certificates : undefined });
      },
      count,
    );
  }
}
