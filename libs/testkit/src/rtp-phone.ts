import { createSocket, type Socket } from 'node:dgram';
import { audioDescription } from './user-agent-sdp.js';

const headerBytes = 12;

/** The media of a phone in a test: sends RTP whose payload is a word of its own, and knows what it has heard from where. */
export class RtpPhone {
  /** The words heard, each with the address it came from: `word < 127.0.0.1:4000`. */
  readonly heard = new Set<string>();
  #sequence = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly word: string,
  ) {
    socket.on('message', (packet, from) =>
      this.heard.add(`${packet.subarray(headerBytes).toString()} < ${from.address}:${from.port}`),
    );
  }

  /** Binds a free port. */
  static async open(word: string, host = '127.0.0.1'): Promise<RtpPhone> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, host, resolve);
    });
    return new RtpPhone(socket, word);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** The description that asks for media here. */
  get description(): string {
    return audioDescription({ host: this.socket.address().address, port: this.port });
  }

  /** Sends a packet to where a description wants it. */
  speak(description: string): void {
    const packet = Buffer.alloc(headerBytes + this.word.length);
    packet[0] = 0x80;
    this.#sequence += 1;
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(this.#sequence * 160, 4);
    packet.writeUInt32BE(this.port, 8);
    packet.write(this.word, headerBytes);
    const { host, port } = mediaAddress(description);
    this.socket.send(packet, port, host);
  }

  close(): void {
    this.socket.close();
  }
}

/** Where a description wants its first stream. */
export function mediaAddress(description: string): { readonly host: string; readonly port: number } {
  const host = /^c=IN IP[46] (\S+)/m.exec(description)?.[1];
  const port = /^m=\S+ (\d+)/m.exec(description)?.[1];
  if (host === undefined || port === undefined) throw new Error(`no stream in ${description}`);
  return { host, port: Number(port) };
}
