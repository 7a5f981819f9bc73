import { createSocket } from 'node:dgram';

const askAgainMs = 100;

/** Resolves when somebody at `host:port` answers an OPTIONS over UDP, whatever the answer; rejects after `timeoutMs`. */
export function answers(address: string, timeoutMs: number): Promise<void> {
  const [host = '', port = ''] = address.split(':');
  const socket = createSocket('udp4');
  return new Promise<void>((resolve, reject) => {
    const ask = (): void => {
      const branch = `z9hG4bKready${Math.random().toString(36).slice(2)}`;
      const own = `127.0.0.1:${socket.address().port}`;
      const lines = [
        `OPTIONS sip:${address} SIP/2.0`,
        `Via: SIP/2.0/UDP ${own};branch=${branch}`,
        'Max-Forwards: 70',
        `From: <sip:ready@${own}>;tag=ready`,
        `To: <sip:${address}>`,
        `Call-ID: ${branch}`,
        'CSeq: 1 OPTIONS',
        'Content-Length: 0',
        '\r\n',
      ];
      socket.send(lines.join('\r\n'), Number(port), host);
    };
    const timer = setInterval(ask, askAgainMs);
    const late = setTimeout(() => finish(new Error(`nobody answered at ${address} within ${timeoutMs} ms`)), timeoutMs);
    const finish = (error?: Error): void => {
      clearInterval(timer);
      clearTimeout(late);
      socket.close();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.once('message', () => finish());
    socket.bind(0, '127.0.0.1', ask);
  });
}
