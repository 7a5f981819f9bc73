import type { HostPort } from '@ringdown/sip-transport';

/** A session description with one G.711 stream. */
export function audioDescription(address: HostPort, direction = 'sendrecv'): string {
  const at = `IN ${address.host.includes(':') ? 'IP6' : 'IP4'} ${address.host}`;
  const lines = [
    'v=0',
    `o=- 1 1 ${at}`,
    's=-',
    `c=${at}`,
    't=0 0',
    `m=audio ${address.port} RTP/AVP 0 8`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    `a=${direction}`,
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** The direction of a description: the first that it names, else RFC 8866 §6.7's default. */
export function directionIn(sdp: string): string {
  return /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(sdp)?.[1] ?? 'sendrecv';
}

/** The next version of a description (RFC 3264 §8) with this direction on all streams. */
export function redirected(sdp: string, direction: string): string {
  const without = sdp.replace(/^a=(?:sendrecv|sendonly|recvonly|inactive)\r?\n/gm, '');
  const next = without.replace(/^(o=\S+ \S+ )(\d+)/m, (_line, before: string, version: string) => {
    return `${before}${BigInt(version) + 1n}`;
  });
  return `${next}a=${direction}\r\n`;
}

/** RFC 3264 §6.1: the direction of an answer to an offer with this one, from somebody who wants all he may have. */
export function answeringDirection(offered: string): string {
  if (offered === 'sendonly') return 'recvonly';
  return offered === 'recvonly' ? 'sendonly' : offered;
}
