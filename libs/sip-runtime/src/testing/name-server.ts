import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Record types by their numbers (RFC 1035 §3.2.2, RFC 3596, RFC 2782, RFC 3403). */
const typeNumbers = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 } as const;

/** One record: its data as it stands on the wire. */
export interface ZoneRecord {
  readonly type: keyof typeof typeNumbers;
  readonly ttlSec: number;
  readonly data: Buffer;
}

/** A name on the wire (RFC 1035 §3.1). */
export function wireName(name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** A name server over UDP for a few names: what isn't in the zone does not exist, what is `silent` gets no answer. */
export class NameServer {
  readonly #socket: Socket;
  readonly #zone: ReadonlyMap<string, readonly ZoneRecord[] | 'silent' | 'refused'>;

  private constructor(socket: Socket, zone: NameServer['zone']) {
    this.#socket = socket;
    this.#zone = zone;
    socket.on('message', (query, source) => this.#answer(query, source));
  }

  static async start(zone: NameServer['zone']): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket, zone);
  }

  get zone(): ReadonlyMap<string, readonly ZoneRecord[] | 'silent' | 'refused'> {
    return this.#zone;
  }

  /** For `setServers`. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  stop(): void {
    this.#socket.close();
  }

  #answer(query: Buffer, source: RemoteInfo): void {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = query.readUInt16BE(at + 1);
    const question = query.subarray(12, at + 5);
    const known = this.#zone.get(labels.join('.').toLowerCase());
    if (known === 'silent') return;
    const records = Array.isArray(known) ? known.filter((record) => typeNumbers[record.type as 'A'] === type) : [];
    const header = Buffer.alloc(12);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    // RFC 1035 §4.1.1: a response, recursion desired and available; REFUSED is 5, NXDOMAIN 3.
    header.writeUInt16BE(0x8180 | (known === 'refused' ? 5 : known === undefined ? 3 : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const answers = records.flatMap((record: ZoneRecord) => {
      const fixed = Buffer.alloc(12);
      fixed.writeUInt16BE(0xc00c, 0);
      fixed.writeUInt16BE(type, 2);
      fixed.writeUInt16BE(1, 4);
      fixed.writeUInt32BE(record.ttlSec, 6);
      fixed.writeUInt16BE(record.data.length, 10);
      return [fixed, record.data];
    });
    this.#socket.send(Buffer.concat([header, question, ...answers]), source.port, source.address);
  }
}
