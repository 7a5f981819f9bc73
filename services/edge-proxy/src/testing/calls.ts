import { Header, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import type { Peer } from './peer.js';
import { sdp, sendAs, within, write } from './requests.js';

/** The Contact that bob answers with. */
export const contactOf = (peer: Peer) => ({ headers: [[Header.Contact, `<${peer.contact('bob')}>`] as const] });

/** A dialog, from both of its sides. */
export interface Established {
  readonly sent: SipRequest;
  readonly arrived: SipRequest;
  readonly answer: SipResponse;
  readonly toTag: string;
}

/** Alice calls, from her own contact unless told otherwise, bob answers, and the ACK has arrived. */
export async function established(
  alice: Peer,
  bob: Peer,
  contact: string = alice.contact('alice'),
): Promise<Established> {
  const sent = await sendAs(alice, 'alice', write(alice, { contact, body: sdp(4_000) }));
  const arrived = await bob.request('INVITE');
  bob.reply(arrived, 200, contactOf(bob));
  const answer = await alice.final(sent);
  alice.send(within(alice, sent, answer, 'ACK', { cseq: sent.cseq.number }));
  await bob.request('ACK');
  return { sent, arrived, answer, toTag: `t${bob.address.port}` };
}

/** Answers an INVITE with a failure, and waits for its ACK. */
export async function refuse(peer: Peer, request: SipRequest, statusCode: number): Promise<void> {
  peer.reply(request, statusCode);
  await peer.request('ACK');
}
