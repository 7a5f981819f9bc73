import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import type { RoomSettings } from '../../domain/room-settings.js';
import type { FocusPhone } from '../../testing/focus-phone.js';
import { ReferStage, room, told } from '../../testing/refer-stage.js';

let stage: ReferStage;

async function begin(settings: Partial<RoomSettings> = {}): Promise<FocusPhone> {
  stage = new ReferStage(settings);
  return stage.joins('alice');
}

afterEach(() => stage.under.close());

describe('REFER with method=BYE: the focus is asked to remove somebody (RFC 4579 §5)', () => {
  it('is done for a moderator', async () => {
    const alice = await begin({ moderators: ['sip:alice@acme.test'] });
    const bob = await stage.joins('bob');
    await stage.refers(alice, '<sip:bob@acme.test;method=BYE>');
    await stage.under.pass(1_000);
    expect(bob.last('ended').cause).toBe('bye-received');
    expect(bob.lastRequest('BYE').value(Header.Reason)).toContain('SIP;cause=');
    expect(told(alice)).toEqual({
      lines: ['SIP/2.0 100 Trying', 'SIP/2.0 200 OK'],
      state: 'terminated;reason=noresource',
    });
  });

  it('is refused to a member who isn’t one, but for itself', async () => {
    const alice = await begin();
    const bob = await stage.joins('bob');
    await stage.refers(alice, '<sip:bob@acme.test;method=BYE>');
    expect(alice.last('subscriptionEnded').statusCode).toBe(403);
    expect(bob.types()).not.toContain('ended');
    await stage.refers(bob, '<sip:bob@acme.test;method=BYE>');
    await stage.under.pass(1_000);
    expect(bob.types()).toContain('ended');
    expect(alice.types()).not.toContain('ended');
  });

  it('of the conference itself ends it for everybody', async () => {
    const alice = await begin({ moderators: ['sip:alice@acme.test'] });
    const bob = await stage.joins('bob');
    await stage.refers(bob, `<${room};method=BYE>`);
    expect(bob.last('subscriptionEnded').statusCode).toBe(403);
    await stage.refers(alice, `<${room};method=BYE>`);
    await stage.under.pass(1_000);
    expect([alice, bob].every((phone) => phone.types().includes('ended'))).toBe(true);
    expect(stage.under.focus.calls.size).toEqual({ sessions: 0, invites: 0 });
    expect(stage.fixture.conferences.find('acme', 'sales')).toBeUndefined();
  });
});
