import { location } from '@ringdown/contracts';
import {
  callTrace,
  createClient,
  GrpcChannel,
  GrpcServer,
  InProcessBus,
  registerService,
  ServiceError,
  silentLogger,
  Tracing,
} from '../dist/index.js';

/** CPU of this process per round, in microseconds, after a warm-up. */
async function measure(name: string, rounds: number, run: (rounds: number) => Promise<void> | void): Promise<void> {
  await run(Math.ceil(rounds / 10));
  const before = process.cpuUsage();
  await run(rounds);
  const used = process.cpuUsage(before);
  process.stdout.write(`${name}: ${((used.user + used.system) / rounds).toFixed(2)} µs\n`);
}

const logger = silentLogger();
let sum = 0;

await measure('trace id and sampling decision of a call', 200_000, (rounds) => {
  for (let i = 0; i < rounds; i += 1)
    sum += callTrace(`a84b4c76e66710-${i}@pc33.example.com`, 'INVITE', 1, { key: 'key', sampling: 0.01 }).traceId
      .length;
});

const tracing = new Tracing({ service: 'bench', sampling: 0.01, key: 'key', otlpEndpoint: undefined });
const unsampled = { traceId: '0'.repeat(32), sampled: false };
await measure('a span of a call that is not sampled', 10_000_000, (rounds) => {
  for (let i = 0; i < rounds; i += 1) {
    const span = tracing.startSpan('INVITE', unsampled);
    span.end();
    sum += span.recording ? 1 : 0;
  }
});

const bus = new InProcessBus({ logger });
let heard = 0;
bus.subscribe('ringdown.v1.*.location.*', () => void (heard += 1));
const data = new Uint8Array(200);
await measure('an event on the bus in the process', 200_000, async (rounds) => {
  for (let i = 0; i < rounds; i += 1) {
    bus.publish('ringdown.v1.demo.location.changed', data);
    if (i % 100 === 0) await bus.flush();
  }
  await bus.flush();
});

const refuse = () => Promise.reject(new ServiceError('unimplemented', 'Not here'));
const server = new GrpcServer({ logger });
registerService(server, location.LocationDefinition, {
  bind: refuse,
  unbind: refuse,
  list: refuse,
  renewLease: refuse,
  endLease: refuse,
  lookup: async () => ({ version: 1, bindings: [] }),
  async *watch() {
    yield await refuse();
  },
});
const address = await server.listen({ host: '127.0.0.1', port: 0 });
const channel = new GrpcChannel({ addresses: [address] });
const client = createClient(location.LocationDefinition, channel);
const request = { tenantId: 'demo', addressOfRecord: 'sip:alice@demo.ringdown.test' };
await measure('a unary call, both sides, one at a time', 5_000, async (rounds) => {
  for (let i = 0; i < rounds; i += 1) sum += (await client.lookup(request)).version;
});
await measure('a unary call, both sides, 50 at a time', 20_000, async (rounds) => {
  for (let i = 0; i < rounds; i += 50) await Promise.all(Array.from({ length: 50 }, () => client.lookup(request)));
});
channel.close();
server.stop();
process.stdout.write(`(${sum}, ${heard})\n`);
