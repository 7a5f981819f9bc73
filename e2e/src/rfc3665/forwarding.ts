import { expect } from 'vitest';
import { parameterOf, sentByOf, type WireMessage } from '../peers/wire-message.js';

const unchangedInRequests = ['From', 'To', 'Call-ID', 'CSeq', 'Contact', 'Content-Type'];
const unchangedInResponses = [...unchangedInRequests, 'Record-Route'];

/** Asserts what every proxy does to a request that it passes on (RFC 3261 §16.6). `proxy` is its `host:port`. */
export function expectForwarded(received: WireMessage, forwarded: WireMessage, proxy: string): void {
  const [own = '', previous = '', ...rest] = forwarded.list('Via');
  const [topmost = '', ...below] = received.list('Via');
  expect(forwarded.method).toBe(received.method);
  // §16.6 step 8: a Via of its own, with a branch of its own, above the others.
  expect(sentByOf(own)).toBe(proxy);
  expect(parameterOf(own, 'branch')).toMatch(/^z9hG4bK.{8}/);
  expect(parameterOf(own, 'branch')).not.toBe(parameterOf(topmost, 'branch'));
  expect(sentByOf(previous)).toBe(sentByOf(topmost));
  expect(parameterOf(previous, 'branch')).toBe(parameterOf(topmost, 'branch'));
  // RFC 3581 §4: where it really came from, for whom asked for it.
  const came = /;rport(?![=\w])/.test(topmost) ? [/^\d+$/, /^127\./] : [/^$/, /^(?:127\..*)?$/];
  expect(parameterOf(previous, 'rport') ?? '').toMatch(came[0] ?? /$/);
  expect(parameterOf(previous, 'received') ?? '').toMatch(came[1] ?? /$/);
  expect(rest).toEqual(below);
  // §16.6 step 3.
  expect(Number(forwarded.header('Max-Forwards'))).toBe(Number(received.header('Max-Forwards')) - 1);
  for (const name of unchangedInRequests) expect([name, forwarded.lines(name)]).toEqual([name, received.lines(name)]);
  expect(forwarded.body).toBe(received.body);
}

/** Asserts what every proxy does to a response that it passes back (RFC 3261 §16.7). */
export function expectRelayed(received: WireMessage, relayed: WireMessage, proxy: string): void {
  const [own = '', ...below] = received.list('Via');
  expect(relayed.startLine).toBe(received.startLine);
  // §16.7 step 3: its own Via, and no other, is taken away.
  expect(sentByOf(own)).toBe(proxy);
  expect(relayed.list('Via')).toEqual(below);
  for (const name of unchangedInResponses) expect([name, relayed.lines(name)]).toEqual([name, received.lines(name)]);
  expect(relayed.body).toBe(received.body);
}

/** Asserts that the ACK of an answer other than 2xx belongs to one hop: it has that INVITE's branch and no other Via (RFC 3261 §17.1.1.3). */
export function expectHopByHopAck(invite: WireMessage, response: WireMessage, ack: WireMessage): void {
  expect(ack.list('Via')).toHaveLength(1);
  expect(sameTransaction(ack, invite)).toBe(true);
  expect(ack.requestUri).toBe(invite.requestUri);
  expect(ack.cseq).toBe(invite.cseq);
  expect(ack.header('To')).toBe(response.header('To'));
}

/** Asserts that a CANCEL was made by the hop's own sender, for the INVITE that went there (RFC 3261 §9.1). */
export function expectHopByHopCancel(invite: WireMessage, cancel: WireMessage): void {
  expect(cancel.list('Via')).toHaveLength(1);
  expect(sameTransaction(cancel, invite)).toBe(true);
  expect(cancel.requestUri).toBe(invite.requestUri);
  expect(cancel.cseq).toBe(invite.cseq);
  expect(cancel.toTag).toBeUndefined();
}

/** Asserts that a 100 was made by the next hop itself and came from no further (RFC 3261 §16.7 step 5: it is not forwarded). */
export function expectOwnTrying(invite: WireMessage, trying: WireMessage): void {
  expect(trying.statusCode).toBe(100);
  expect(trying.list('Via').map((via) => parameterOf(via, 'branch'))).toEqual(
    invite.list('Via').map((via) => parameterOf(via, 'branch')),
  );
  expect(trying.toTag).toBeUndefined();
}

function sameTransaction(one: WireMessage, other: WireMessage): boolean {
  const branches = [one, other].map((message) => parameterOf(message.list('Via')[0] ?? '', 'branch'));
  return branches[0] !== undefined && branches[0] === branches[1];
}
