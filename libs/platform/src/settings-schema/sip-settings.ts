import { host, parseList, port, udpChoices } from '../setting-values.js';
import { parseCertificateSource, parseSipListeners } from '../sip-listener.js';
import { hostExpected, portExpected } from './expected.js';
import { setting, settingOr } from './setting.js';

/** Where SIP listens, and by which sockets. */
export const sipSettings = {
  RINGDOWN_SIP_HOST: settingOr(
    '127.0.0.1',
    {
      description: 'Address that SIP listens on, over all five transports, unless RINGDOWN_SIP_LISTENERS is given.',
      expected: hostExpected,
    },
    host,
  ),
  RINGDOWN_SIP_PORT: settingOr(
    '5060',
    {
      description:
        'Port of SIP over UDP and TCP, unless RINGDOWN_SIP_LISTENERS is given. TLS is at 5061, WS at 5080 and WSS at 5443, or all of them at any free port where this is 0.',
      expected: portExpected,
    },
    port,
  ),
  RINGDOWN_SIP_ADVERTISED_HOST: setting(
    {
      description:
        'Host written into Via, Record-Route and Path, where it differs from the one listened on. Holds for every listener that advertises nothing itself.',
      expected: hostExpected,
      fallback: 'the address listened on',
    },
    host,
  ),
  RINGDOWN_SIP_LISTENERS: setting(
    {
      description:
        'Where SIP listens: a URL each, `udp`, `tcp`, `tls`, `ws` or `wss`. Parameters: `advertise=host:port` is what peers are told, the port being optional; `proxy=10.0.0.0/8` names the balancers whose connections begin with a PROXY protocol header; `origins=https://phone.example.com` lets only these pages in (WebSocket); `certificates=` in place of RINGDOWN_TLS_CERTIFICATES; `client-ca=file` asks for client certificates of these authorities, and `client=required` insists on them; `connections=` and `connections-per-host=` bound those that are open at once, of all peers and of one address (50000 and 1000). Several values of one parameter have a vertical bar between them. `[::]` takes IPv6 only: add a listener for IPv4.',
      expected: 'a comma-separated list of listeners like udp://0.0.0.0:5060,tls://[::]:5061?advertise=sip.example.com',
      fallback: 'all five transports at RINGDOWN_SIP_HOST',
    },
    parseSipListeners,
  ),
  RINGDOWN_TLS_CERTIFICATES: setting(
    {
      description:
        'Certificates of SIP over TLS and WSS, in PEM: pairs of files, or folders that hold `name.crt` or `name.pem` with `name.key`. The name that a client asks for chooses; the first one serves who asks for none. Changed files are taken up without a restart.',
      expected: 'a comma-separated list of cert:key pairs of files, or of folders',
      fallback: 'one made at the first start, kept in the data folder, which nobody trusts by itself',
    },
    (text) => parseList(text, parseCertificateSource),
  ),
  RINGDOWN_TLS_CA: setting(
    {
      description: 'Authorities that must have signed the certificate of a server which SIP connects to over TLS.',
      expected: 'a PEM file',
      fallback: 'the authorities that Node.js knows',
    },
    (text) => text,
  ),
  RINGDOWN_UDP: settingOr(
    'auto',
    {
      description:
        'Sockets of SIP over UDP and of the audio of conferences: `batched` reads and sends many datagrams at once and needs add-ons, which the build makes where a C compiler is; `dgram` is node:dgram; `auto` takes the better one there is.',
      expected: `one of ${udpChoices.join(', ')}`,
    },
    (text) => udpChoices.find((choice) => choice === text),
  ),
  RINGDOWN_UDP_GATHER_MS: settingOr(
    '1',
    {
      description:
        'How long the batched socket gathers datagrams before it reads, in milliseconds. Only under load: saves CPU, costs each message up to this time. 0 never gathers.',
      expected: 'a whole number from 0 to 5',
    },
    (text) => (/^[0-5]$/.test(text) ? Number(text) : undefined),
  ),
};
