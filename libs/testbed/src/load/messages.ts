import type { HeardMessage } from './heard-message.js';

/** RFC 3261 §9.1: the same branch, Request-URI, From, To, Call-ID, CSeq number and Route as the INVITE. */
export function cancelOf(invite: string): string {
  const lines = copied(invite, 'CANCEL', /^(?:INVITE |Via:|Route:|From:|To:|Call-ID:|CSeq:|Max-Forwards:)/);
  return `${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`;
}

/** RFC 3261 §17.1.1.3: the ACK of a refusal is part of the INVITE's transaction. */
export function acknowledgementOf(invite: string, refusal: HeardMessage): string {
  const lines = copied(invite, 'ACK', /^(?:INVITE |Via:|Route:|From:|Call-ID:|CSeq:|Max-Forwards:)/);
  return `${lines.join('\r\n')}\r\nTo: ${refusal.values('to')[0]}\r\nContent-Length: 0\r\n\r\n`;
}

/** An answer to a request (RFC 3261 §8.2.6.2); `toTag` is added unless there is one. */
export function answerTo(
  request: HeardMessage,
  status: number,
  toTag: string,
  further: readonly string[],
  body: string,
): string {
  const lines = [
    `SIP/2.0 ${status} ${status < 300 ? 'Fine' : 'No'}`,
    ...request.values('via').map((value) => `Via: ${value}`),
    ...(status < 300 ? request.values('record-route').map((value) => `Record-Route: ${value}`) : []),
    `From: ${request.values('from')[0]}`,
    `To: ${request.values('to')[0]}${toTag === '' || request.toTag !== '' ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${request.callId}`,
    `CSeq: ${request.cseq} ${request.cseqMethod}`,
    ...further,
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

function copied(invite: string, method: string, kept: RegExp): string[] {
  return invite
    .slice(0, invite.indexOf('\r\n\r\n'))
    .split('\r\n')
    .filter((line) => kept.test(line))
    .map((line) => line.replace(/^INVITE /, `${method} `).replace(/^(CSeq: \d+) INVITE$/, `$1 ${method}`));
}
