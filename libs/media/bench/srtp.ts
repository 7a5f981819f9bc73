import { createCipheriv, createHmac } from 'node:crypto';
import { keyAndSaltBytes, SRTP_SUITES, SrtpReceiver, SrtpSender, type SrtpSuite } from '@ringdown/media';

const PACKETS = 50_000;
const BATCHES = 5;
const HEADER_BYTES = 12;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The least CPU time of several batches, in microseconds a packet; batches on a busy machine differ by more than what is measured. */
function measure(prepare: () => (packet: number) => void): string {
  let best = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const round = prepare();
    const before = process.cpuUsage();
    for (let i = 0; i < PACKETS; i += 1) round(i);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / PACKETS);
  }
  return best.toFixed(2).padStart(7);
}

function packetOf(payloadBytes: number): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + payloadBytes + 32);
  packet[0] = 0x80;
  packet.writeUInt32BE(0xcafebabe, 8);
  return packet;
}

for (const payloadBytes of [80, 160, 1200]) {
  const length = HEADER_BYTES + payloadBytes;
  for (const suite of Object.keys(SRTP_SUITES) as SrtpSuite[]) {
    const keyAndSalt = Buffer.alloc(keyAndSaltBytes(suite), 7);
    const wires: Buffer[] = [];
    const protect = measure(() => {
      const sender = new SrtpSender(suite, keyAndSalt);
      const packet = packetOf(payloadBytes);
      return (i) => {
        packet.writeUInt16BE(i & 0xffff, 2);
        if (typeof sender.protectRtp(packet, length) === 'string') throw new Error('a packet was refused');
      };
    });
    const source = new SrtpSender(suite, keyAndSalt);
    for (let i = 0; i < PACKETS; i += 1) {
      const packet = packetOf(payloadBytes);
      packet.writeUInt16BE(i & 0xffff, 2);
      const protectedLength = source.protectRtp(packet, length);
      if (typeof protectedLength === 'string') throw new Error(protectedLength);
      wires.push(packet.subarray(0, protectedLength));
    }
    const unprotect = measure(() => {
      const receiver = new SrtpReceiver(suite, keyAndSalt);
      const copies = wires.map((wire) => Buffer.from(wire));
      return (i) => {
        const packet = copies[i] as Buffer;
        if (receiver.unprotectRtp(packet, packet.length) !== length) throw new Error('a packet was refused');
      };
    });
    print(
      `${suite.padEnd(24)} ${String(payloadBytes).padStart(5)} bytes  protect ${protect} us  unprotect ${unprotect} us`,
    );
  }
}

const key = Buffer.alloc(16, 7);
const plain = Buffer.alloc(172);
print('for comparison, 160 bytes by new objects of node:crypto:');
print(
  `aes-128-ctr and HMAC-SHA1 ${measure(() => () => {
    createCipheriv('aes-128-ctr', key, key).update(plain);
    createHmac('sha1', key).update(plain).digest();
  })} us`,
);
print(
  `aes-128-gcm               ${measure(() => () => {
    const cipher = createCipheriv('aes-128-gcm', key, key.subarray(0, 12));
    cipher.update(plain);
    cipher.final();
    cipher.getAuthTag();
  })} us`,
);
