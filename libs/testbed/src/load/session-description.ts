/** An offer or answer of a phone that sends no media. */
export function sessionDescription(host: string): string {
  const ip = host.includes(':') ? 'IP6' : 'IP4';
  return `v=0\r\no=- 1 1 IN ${ip} ${host}\r\ns=-\r\nc=IN ${ip} ${host}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n`;
}
