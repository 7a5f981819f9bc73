import { afterEach, describe, expect, it } from 'vitest';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import { RecordedConferences } from '../../testing/recorded-conferences.js';

let under: FocusUnderTest<RecordedConferences>;

afterEach(() => under.close());

/** `method code count` of the answers. */
async function answers(): Promise<string[]> {
  const metric = under.metrics.getSingleMetric('ringdown_conference_sip_answers_total');
  const { values } = (await metric?.get()) ?? { values: [] };
  return values.map(({ labels, value }) => `${labels.method} ${labels.code} ${value}`);
}

describe('spans and metrics', () => {
  it('are one for each request, whoever answers it and however often', async () => {
    under = new FocusUnderTest(new RecordedConferences());
    const alice = under.phone('alice');
    alice.invite('sip:team@acme.test', '');
    // The 2xx goes out again and again, as nobody acknowledges it.
    await under.pass(3_000);
    alice.driver.act(() => alice.session.request('BREW'));
    alice.driver.act(() => alice.session.request('OPTIONS'));
    alice.driver.act((now) => alice.session.bye(now));
    await under.settle();
    const wanted = ['INVITE 200', 'other 405', 'OPTIONS 200', 'BYE 200'];
    expect(await answers()).toEqual(wanted.map((answer) => `${answer} 1`));
    expect(under.spans.ended).toEqual(['INVITE 200', 'BREW 405', 'OPTIONS 200', 'BYE 200']);
  });

  it('are there for what the focus sends', async () => {
    under = new FocusUnderTest(new RecordedConferences());
    const alice = under.phone('alice');
    alice.invite('sip:team@acme.test');
    await under.settle();
    under.conferences.last.asked.leg.hangUp({ text: 'over' });
    await under.settle();
    expect(under.spans.ended).toEqual(['INVITE 200', 'BYE sent 200']);
  });
});
