import type { SipTransport } from '@ringdown/platform';

/** What a person needs to know once the platform is up. */
export interface BannerFacts {
  /** As in a URI: IPv6 in brackets. Of all listeners the one to show in examples. */
  readonly sip: string;
  readonly listening: readonly Listening[];
  /** Which socket SIP over UDP got; undefined without one. */
  readonly udp: string | undefined;
  /** The file of a certificate that nobody has signed; undefined where one was given. */
  readonly certificate: string | undefined;
  readonly http: string;
  readonly adminToken: string;
  readonly dataDir: string;
  readonly domain: string;
  /** The name of a conference room. */
  readonly room: string;
  /** Passwords that are known: the documented ones, or those just made, which are shown this once. */
  readonly passwords: readonly { readonly username: string; readonly password: string }[];
  readonly passwordsAreNew: boolean;
}

/** One address that SIP listens on. */
export interface Listening {
  readonly transport: SipTransport;
  /** As in a URI. */
  readonly address: string;
}

/** A line for each address: UDP and TCP share one, and WebSockets are written as a page asks for them. */
function listenerLines(listening: readonly Listening[]): readonly string[] {
  const plain = listening.filter(({ transport }) => transport === 'UDP' || transport === 'TCP');
  const lines = [...new Set(plain.map(({ address }) => address))].map((address) => {
    const transports = plain.filter((each) => each.address === address).map(({ transport }) => transport);
    return `  SIP   ${address}  (${transports.join(' and ')})`;
  });
  for (const { transport, address } of listening) {
    if (transport === 'TLS') lines.push(`  TLS   ${address}`);
    if (transport === 'WS' || transport === 'WSS')
      lines.push(`  ${transport.padEnd(4)}  ${transport.toLowerCase()}://${address}`);
  }
  return lines;
}

/** The text that a start ends with. Scripts read the SIP and HTTP lines. */
export function banner(facts: BannerFacts): string {
  const { sip, http, domain, passwords } = facts;
  const first = passwords[0];
  const lines = [
    '',
    'Ringdown is up.',
    '',
    ...listenerLines(facts.listening),
    ...(facts.udp === undefined ? [] : [`  UDP   ${facts.udp}`]),
    ...(facts.certificate === undefined ? [] : [`  Cert  ${facts.certificate}  (self-made: phones must trust it)`]),
    `  HTTP  http://${http}  (/docs, /v1, /metrics, /healthz, /readyz)`,
    `  Key   ${facts.adminToken}  (Authorization: Bearer)`,
    `  Data  ${facts.dataDir}`,
    '',
    `  Register a phone: domain ${domain}, outbound proxy ${sip}, one of these users:`,
    ...passwords.map(({ username, password }) => `    ${username.padEnd(6)} password ${password}`),
  ];
  if (facts.passwordsAreNew) lines.push('  These passwords were made now and are not shown again.');
  if (passwords.length === 0) lines.push('    the demo users, with the passwords that were shown when they were made');
  if (first !== undefined) {
    lines.push(
      '',
      '  With baresip, in ~/.baresip/accounts:',
      `    <sip:${first.username}@${domain}>;auth_pass=${first.password};outbound="sip:${sip}"`,
    );
  }
  lines.push(
    '',
    `  Meet in a conference: all who call sip:${facts.room}@${domain} hear each other.`,
    '',
    '  See the tenants:',
    `    curl -H 'Authorization: Bearer ${facts.adminToken}' http://${http}/v1/tenants`,
    '',
    '  Ctrl-C stops it.',
    '',
  );
  return lines.join('\n');
}
