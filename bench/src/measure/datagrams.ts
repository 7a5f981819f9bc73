import { readFileSync } from 'node:fs';

/** How many UDP datagrams processes of this machine have received so far, over every interface. */
export function receivedDatagrams(): number {
  const [heading = '', values = ''] = readFileSync('/proc/net/snmp', 'latin1')
    .split('\n')
    .filter((line) => line.startsWith('Udp:'));
  return Number(values.split(' ')[heading.split(' ').indexOf('InDatagrams')]);
}
