import { Header, parseMessage, SipRequest, SipResponse } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { MESSAGE_MIX, type MixedMessage } from './message-mix.js';
import { BRANCH, OWN_HOST, RECORD_ROUTE_URI, TARGET_URI } from './passage.js';
import { refusalsOf } from './refusals.js';
import { LIBRARIES, loadParser } from './tested-parsers.js';

function textOf(name: string): string {
  return (MESSAGE_MIX.find((each) => each.name === name) as MixedMessage).bytes.toString('latin1');
}

describe.each(LIBRARIES)('%s', async (library) => {
  const parser = await loadParser(library);

  function forwarded(name: string): SipRequest | SipResponse {
    const message = parseMessage(parser.forward(textOf(name)) ?? '');
    if (message.kind === 'failure') throw new Error(message.reason);
    return message;
  }

  it('sends an INVITE on to its target with a Via, a Record-Route and one hop less', () => {
    const invite = forwarded('INVITE with SDP') as SipRequest;
    expect(invite).toBeInstanceOf(SipRequest);
    expect(invite.requestUri).toBe(TARGET_URI);
    expect(invite.topmostVia.host).toBe(OWN_HOST);
    expect(invite.topmostVia.branch?.startsWith(BRANCH)).toBe(true);
    expect(invite.list(Header.Via)).toHaveLength(2);
    expect(invite.list(Header.RecordRoute)[0]).toContain(`<${RECORD_ROUTE_URI}>`);
    expect(invite.maxForwards).toBe(69);
    expect(invite.body).toContain('m=audio 49172');
  });

  it("sends a BYE on to the dialog's target without the proxy's own Route", () => {
    const bye = forwarded('BYE in a dialog') as SipRequest;
    expect(bye.requestUri).toBe('sip:bob@192.0.2.4:5062;transport=udp');
    expect(bye.has(Header.Route)).toBe(false);
    expect(bye.maxForwards).toBe(69);
  });

  it("sends a 200 back without the proxy's Via", () => {
    const ok = forwarded('200 to the INVITE') as SipResponse;
    expect(ok).toBeInstanceOf(SipResponse);
    expect(ok.statusCode).toBe(200);
    expect(ok.list(Header.Via)).toHaveLength(1);
    expect(ok.topmostVia.host).toBe('192.0.2.77');
  });

  it('refuses what is no SIP message', () => {
    expect(parser.structure('GET / HTTP/1.1\r\n\r\n')).toBeUndefined();
    expect(parser.forward('GET / HTTP/1.1\r\n\r\n')).toBeUndefined();
  });

  it('takes part with every message of the everyday part', () => {
    const everyday = new Set(MESSAGE_MIX.filter(({ part }) => part === 'everyday').map(({ name }) => name));
    expect(refusalsOf(parser).filter(({ message }) => everyday.has(message))).toEqual([]);
  });
});
