import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const waveSize = 10;
const waveMs = 25;
const waitMs = 10_000;

/** Calls that ring and are not answered: each holds a server and a client transaction open. A caller and a phone in one. */
export class RingingCalls {
  #ringing = new Set<string>();
  readonly #invites: { readonly raw: string; readonly port: number }[] = [];

  private constructor(
    private readonly caller: Socket,
    private readonly phone: Socket,
    private readonly proxy: { readonly host: string; readonly port: number },
  ) {
    phone.on('message', (bytes, from) => {
      const request = bytes.toString('latin1');
      if (!request.startsWith('INVITE')) return;
      this.#invites.push({ raw: request, port: from.port });
      phone.send(answerTo(request, '180 Ringing'), from.port, from.address);
    });
    caller.on('message', (bytes) => {
      const response = bytes.toString('latin1');
      if (response.startsWith('SIP/2.0 180')) this.#ringing.add(headerOf(response, 'Call-ID'));
      else if (/^SIP\/2\.0 [3-6]/.test(response)) caller.send(ackTo(response), this.proxy.port, this.proxy.host);
    });
  }

  static async open(proxy: string, callerPort: number): Promise<RingingCalls> {
    const [caller, phone] = [createSocket('udp4'), createSocket('udp4')];
    caller.bind(callerPort, '127.0.0.1');
    phone.bind(0, '127.0.0.1');
    await Promise.all([once(caller, 'listening'), once(phone, 'listening')]);
    const [host = '', port = ''] = proxy.split(':');
    return new RingingCalls(caller, phone, { host, port: Number(port) });
  }

  contactOf(username: string): string {
    return `sip:${username}@127.0.0.1:${this.phone.address().port}`;
  }

  /** Lets so many calls ring, and resolves when all do; rejects when some don't after 10 s. */
  async ring(calls: number, addressOf: (index: number) => string, callerDomain: string): Promise<void> {
    this.#ringing = new Set();
    for (let index = 0; index < calls; index += 1) {
      this.caller.send(this.#invite(index, addressOf(index), callerDomain), this.proxy.port, this.proxy.host);
      if (index % waveSize === waveSize - 1) await delay(waveMs);
    }
    const deadline = performance.now() + waitMs;
    while (this.#ringing.size < calls) {
      if (performance.now() > deadline) throw new Error(`${this.#ringing.size} of ${calls} calls ring`);
      await delay(waveMs);
    }
  }

  /** The phones decline every call. */
  async decline(): Promise<void> {
    for (const [index, { raw, port }] of this.#invites.splice(0).entries()) {
      this.phone.send(answerTo(raw, '486 Busy Here'), port, this.proxy.host);
      if (index % waveSize === waveSize - 1) await delay(waveMs);
    }
  }

  close(): void {
    this.caller.close();
    this.phone.close();
  }

  #invite(index: number, address: string, callerDomain: string): string {
    const own = `127.0.0.1:${this.caller.address().port}`;
    const callId = `ringing-${index}-${performance.now()}`;
    const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n`;
    return [
      `INVITE sip:${address} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${callId};rport`,
      'Max-Forwards: 70',
      `From: <sip:caller@${callerDomain}>;tag=c${index}`,
      `To: <sip:${address}>`,
      `Call-ID: ${callId}`,
      'CSeq: 1 INVITE',
      `Contact: <sip:caller@${own}>`,
      'Content-Type: application/sdp',
      `Content-Length: ${sdp.length}`,
      '',
      sdp,
    ].join('\r\n');
  }
}

function headerOf(message: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(message.replaceAll('\r', ''))?.[1] ?? '';
}

function answerTo(request: string, status: string): string {
  const copied = request.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq|Record-Route):/i.test(line));
  const tagged = copied.map((line) => (/^To:/i.test(line) ? `${line};tag=phone` : line));
  return [`SIP/2.0 ${status}`, ...tagged, 'Content-Length: 0', '\r\n'].join('\r\n');
}

/** RFC 3261 §17.1.1.3. */
function ackTo(refusal: string): string {
  const to = headerOf(refusal, 'To');
  return [
    `ACK ${/<([^>]*)>/.exec(to)?.[1] ?? ''} SIP/2.0`,
    `Via: ${headerOf(refusal, 'Via')}`,
    'Max-Forwards: 70',
    `From: ${headerOf(refusal, 'From')}`,
    `To: ${to}`,
    `Call-ID: ${headerOf(refusal, 'Call-ID')}`,
    'CSeq: 1 ACK',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}
