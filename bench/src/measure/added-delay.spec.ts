import { expect, it } from 'vitest';
import { addedDelaysMs, registrationDelaysMs } from './added-delay.js';
import type { SeenDatagram } from './capture.js';

const proxy = 5060;

function seen(atMs: number, towards: 'in' | 'out', startLine: string, callId: string, cseq: string): SeenDatagram {
  const [sourcePort, destinationPort] = towards === 'in' ? [40_000, proxy] : [proxy, 40_000];
  const text = `${startLine}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq}\r\n\r\n`;
  return { atNanos: atMs * 1e6, sourcePort, destinationPort, text };
}

it('adds what a request and its answer spent inside', () => {
  const datagrams = [
    seen(0, 'in', 'INVITE sip:b@a SIP/2.0', 'one', '1 INVITE'),
    seen(0.5, 'out', 'INVITE sip:b@a SIP/2.0', 'one', '1 INVITE'),
    seen(10, 'in', 'SIP/2.0 180 Ringing', 'one', '1 INVITE'),
    seen(10.25, 'out', 'SIP/2.0 180 Ringing', 'one', '1 INVITE'),
    seen(20, 'in', 'BYE sip:b@a SIP/2.0', 'one', '2 BYE'),
    seen(21, 'out', 'BYE sip:b@a SIP/2.0', 'one', '2 BYE'),
    seen(30, 'in', 'SIP/2.0 200 OK', 'one', '2 BYE'),
    seen(31, 'out', 'SIP/2.0 200 OK', 'one', '2 BYE'),
  ];
  expect(addedDelaysMs(datagrams, proxy)).toEqual([0.75, 2]);
});

it('counts a retransmission from its first arrival, and nothing that the proxy answers itself', () => {
  const datagrams = [
    seen(0, 'in', 'INVITE sip:b@a SIP/2.0', 'challenged', '1 INVITE'),
    seen(1, 'out', 'SIP/2.0 407 Proxy Authentication Required', 'challenged', '1 INVITE'),
    seen(5, 'in', 'BYE sip:b@a SIP/2.0', 'repeated', '2 BYE'),
    seen(505, 'in', 'BYE sip:b@a SIP/2.0', 'repeated', '2 BYE'),
    seen(506, 'out', 'BYE sip:b@a SIP/2.0', 'repeated', '2 BYE'),
    seen(507, 'in', 'SIP/2.0 200 OK', 'repeated', '2 BYE'),
    seen(508, 'out', 'SIP/2.0 200 OK', 'repeated', '2 BYE'),
  ];
  expect(addedDelaysMs(datagrams, proxy)).toEqual([502]);
});

it('takes the time to a 200 for REGISTER, not to its challenge', () => {
  const datagrams = [
    seen(0, 'in', 'REGISTER sip:a SIP/2.0', 'one', '1 REGISTER'),
    seen(1, 'out', 'SIP/2.0 401 Unauthorized', 'one', '1 REGISTER'),
    seen(2, 'in', 'REGISTER sip:a SIP/2.0', 'one', '2 REGISTER'),
    seen(9, 'out', 'SIP/2.0 200 OK', 'one', '2 REGISTER'),
  ];
  expect(registrationDelaysMs(datagrams, proxy)).toEqual([7]);
});
