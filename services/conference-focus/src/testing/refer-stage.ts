import type { Subscription } from '@ringdown/sip-dialog';
import { Header, type HeaderField } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import type { RoomSettings } from '../domain/room-settings.js';
import type { PodConferences } from '../use-cases/conferences.js';
import { ConferenceFixture } from './conference-fixture.js';
import { audioSdp, type FocusPhone } from './focus-phone.js';
import { FocusUnderTest } from './focus-under-test.js';

/** The conference of the tests. */
export const room = 'sip:sales@acme.test';

/** A conference with a focus that calls out, and phones that refer it to others. */
export class ReferStage {
  readonly fixture: ConferenceFixture;
  readonly under: FocusUnderTest<PodConferences>;

  constructor(settings: Partial<RoomSettings> = {}) {
    this.fixture = new ConferenceFixture({ video: false, ...settings });
    this.under = new FocusUnderTest(this.fixture.conferences);
    this.fixture.dialOut.invite = (request) => this.under.focus.invite(request);
  }

  async joins(user: string): Promise<FocusPhone> {
    const phone = this.under.phone(user);
    phone.invite(room);
    await this.under.settle();
    return phone;
  }

  /** A phone that is called: it rings, and then does what it is told. */
  answering(user: string, does: 'answers' | 'rings' | number): FocusPhone {
    const phone = this.under.phone(user);
    phone.react = (effect) => {
      if (effect.type !== 'incoming') return;
      const { call } = effect;
      phone.driver.act((now) => {
        call.ring(now);
        if (does === 'answers') call.accept(now, { contentType: 'application/sdp', body: audioSdp(4_100) });
        else if (does !== 'rings') call.reject(does);
      });
    };
    this.under.callsGoTo = phone;
    return phone;
  }

  async refers(
    phone: FocusPhone,
    to: string,
    options: { inCall?: boolean; headers?: readonly HeaderField[]; isAuthenticated?: boolean } = {},
  ): Promise<Subscription<Flow>> {
    const { inCall = true, headers = [], isAuthenticated = true } = options;
    const wanted = {
      method: 'REFER',
      event: 'refer',
      expiresSec: 300,
      contact: phone.contact,
      headers: [[Header.ReferTo, to], ...headers],
    } as const;
    const where = inCall ? phone.session.dialog : phone.initial(room, {}, isAuthenticated);
    const subscription = phone.driver.act((now) => phone.driver.core.subscribe(now, wanted, where));
    await this.under.settle();
    return subscription;
  }
}

/** The status lines that a phone was told, and how its subscription stands after them. */
export function told(phone: FocusPhone): { lines: string[]; state: string | undefined } {
  const notifies = phone.received.filter(({ method }) => method === 'NOTIFY');
  return {
    lines: notifies.map(({ body }) => body.trim()),
    state: notifies.at(-1)?.value(Header.SubscriptionState),
  };
}
