import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const answerMs = 2_000;

interface Endpoint {
  readonly port: number;
}

/** What this needs of rtpengine's answers. */
interface NgAnswer {
  readonly result: string;
  readonly calls?: readonly string[];
  readonly tags?: Readonly<
    Record<string, { readonly medias?: readonly { readonly streams?: readonly Readonly<Record<string, unknown>>[] }[] }>
  >;
}

/** Of each call that an rtpengine has now, the ports of its two ends: where they have said that they take media, and where it comes from. `ng` is `host:port` of its ng protocol. */
export async function relayedPorts(ng: string): Promise<readonly ReadonlySet<number>[]> {
  const { calls = [] } = await ask(ng, { command: 'list', limit: 1_000 });
  const answers = await Promise.all(calls.map((callId) => ask(ng, { command: 'query', 'call-id': callId })));
  return answers.map(({ tags = {} }) => {
    const streams = Object.values(tags).flatMap(({ medias = [] }) => medias.flatMap((media) => media.streams ?? []));
    const ends = streams.flatMap((stream) => [stream['endpoint'], stream['advertised endpoint']]);
    return new Set(ends.map((end) => (end as Endpoint | undefined)?.port ?? 0));
  });
}

/** A datagram with a cookie and JSON; the answer begins with the same cookie. Commands that change nothing may be lost: it is asked once. */
async function ask(ng: string, command: Readonly<Record<string, unknown>>): Promise<NgAnswer> {
  const colon = ng.lastIndexOf(':');
  const socket = createSocket('udp4');
  try {
    const cookie = randomUUID();
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(answerMs) });
    socket.send(`${cookie} ${JSON.stringify(command)}`, Number(ng.slice(colon + 1)), ng.slice(0, colon));
    const [message] = (await answered) as [Buffer];
    return JSON.parse(message.toString().slice(cookie.length + 1)) as NgAnswer;
  } finally {
    socket.close();
  }
}
