import { expect, it } from 'vitest';
import { MESSAGE_MIX, type MixedMessage } from './message-mix.js';
import { passageFault } from './passage-fault.js';
import { ringdownParser } from './ringdown-parser.js';

function passage(name: string): readonly [received: string, forwarded: string] {
  const received = (MESSAGE_MIX.find((each) => each.name === name) as MixedMessage).bytes.toString('latin1');
  return [received, ringdownParser.forward(received) ?? ''];
}

it.each(MESSAGE_MIX.map(({ name }) => name))('finds nothing wrong with %s', (name) => {
  expect(passageFault(...passage(name))).toBeUndefined();
});

it.each<readonly [fault: string, message: string, from: string | RegExp, to: string]>([
  ['another Call-ID', 'INVITE with SDP', 'Call-ID: 3', 'Call-ID: 4'],
  ['another From', 'INVITE with SDP', 'tag=9fx', 'tag=8fx'],
  ['another To', 'INVITE with SDP', 'To: <sip:bob', 'To: <sip:bub'],
  ['another CSeq', 'INVITE with SDP', 'CSeq: 2', 'CSeq: 3'],
  ['Contacts are missing', 'INVITE with SDP', /Contact: .*\r\n/, ''],
  ['another body', 'INVITE with SDP', 'm=audio 49172', 'm=audio 49174'],
  ["the topmost Via is not the proxy's", 'INVITE with SDP', /Via: .*\r\n/, ''],
  ['other Vias below the topmost', 'INVITE with SDP', 'branch=z9hG4bK74bf9-1', 'branch=z9hG4bK74bf9-2'],
  ['Max-Forwards is not one less', 'INVITE with SDP', 'Max-Forwards: 69', 'Max-Forwards: 70'],
  ['no Record-Route on top', 'INVITE with SDP', /Record-Route: .*\r\n/, ''],
  ['its own Route is still there', 'BYE in a dialog', 'Max-Forwards', 'Route: <sip:198.51.100.7>\r\nMax-Forwards'],
  ['another Request-URI', 'BYE in a dialog', 'BYE sip:bob', 'BYE sip:bub'],
  ['another status code', '200 to the INVITE', 'SIP/2.0 200', 'SIP/2.0 202'],
  ['another reason phrase', '200 to the INVITE', '200 OK', '200 Fine'],
  ['no Via was removed', '200 to the INVITE', 'Via:', 'Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1\r\nVia:'],
  ['a response became a request', '200 to the INVITE', 'SIP/2.0 200 OK', 'INVITE sip:b@192.0.2.4 SIP/2.0'],
  ['nothing was forwarded', '200 to the INVITE', /[^]*/, ''],
])('finds %s', (fault, message, from, to) => {
  const [received, forwarded] = passage(message);
  const tampered = forwarded.replace(from, to);
  expect(tampered).not.toBe(forwarded);
  expect(passageFault(received, tampered)).toBe(fault);
});
