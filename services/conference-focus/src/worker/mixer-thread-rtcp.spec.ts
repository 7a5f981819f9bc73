import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  isRtcp,
  type RtcpReportBlock,
  type RtcpSenderInfo,
  readRtcp,
  writeBye,
  writeCname,
  writeReceiverReport,
} from '@ringdown/media';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MixerUnderTest } from '../testing/mixer-under-test.js';

// What is waited for comes at the pace of speech.
vi.setConfig({ testTimeout: 20_000 });

let mixer: MixerUnderTest;
let socket: Socket;

beforeEach(async () => {
  mixer = new MixerUnderTest();
  socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
});

afterEach(async () => {
  await mixer.close();
  socket.close();
});

describe('keys', () => {
  it('are told once for each press, also of who is muted or waits', async () => {
    const one = await mixer.join('one', 425);
    mixer.control('one', { waiting: true });
    await one.hear(10);
    for (const digit of '19#*') {
      for (let packet = 0; packet < 3; packet++) one.press(digit);
      await one.hear(1);
    }
    await mixer.event((event) => event.type === 'dtmf' && event.digit === '*');
    expect(mixer.events.flatMap((event) => (event.type === 'dtmf' ? [event.digit] : []))).toEqual(['1', '9', '#', '*']);
  });
});

describe('reports', () => {
  it('say what was sent and received, and give the round trip', async () => {
    const one = await mixer.join('one', 425);
    const { port } = socket.address();
    mixer.update('one', one, { rtcp: { host: '127.0.0.1', port } });
    const [bytes] = (await once(socket, 'message')) as [Buffer];
    let info: RtcpSenderInfo | undefined;
    let block: RtcpReportBlock | undefined;
    let sender = 0;
    let cname = '';
    readRtcp(bytes, bytes.length, {
      senderReport: (ssrc, told) => {
        sender = ssrc;
        info = { ...told };
      },
      reportBlock: (_ssrc, told) => {
        block = { ...told };
      },
      cname: (_ssrc, told) => {
        cname = told;
      },
    });
    expect(one.sources.has(sender)).toBe(true);
    expect(info?.packets).toBeGreaterThan(20);
    expect(info?.octets).toBe((info?.packets ?? 0) * 160);
    expect(block).toMatchObject({ ssrc: one.ssrc, fractionLost: 0, cumulativeLost: 0 });
    expect(cname).toHaveLength(16);

    const report = Buffer.alloc(200);
    const lastSenderReport = (((info?.ntpSeconds ?? 0) << 16) | ((info?.ntpFraction ?? 0) >>> 16)) >>> 0;
    const about = { ssrc: sender, fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 0, jitter: 0 };
    let end = writeReceiverReport(report, 0, one.ssrc, { ...about, lastSenderReport, delaySinceLastSenderReport: 0 });
    end = writeCname(report, end, one.ssrc, 'phone');
    one.sendRtcp(report.subarray(0, end));
    await one.hear(3);
    const statistics = await mixer.ask({ type: 'statistics', member: 'one' });
    expect(statistics?.roundTripMs).toBeGreaterThanOrEqual(0);
    expect(statistics?.roundTripMs).toBeLessThan(2000);
  });

  it('end with a BYE, on the port of RTP where both share it', async () => {
    const one = await mixer.join('one', 425);
    mixer.update('one', one, { rtcp: 'mux' });
    await one.hear(10);
    const goodbye = new Promise<number>((bye) => {
      one.onRtcp = (bytes) => readRtcp(bytes, bytes.length, { bye });
    });
    await mixer.ask({ type: 'remove', member: 'one' });
    expect(one.sources.has(await goodbye)).toBe(true);
  });

  it('of a source that is over let another one follow at once', async () => {
    const [one, two] = [await mixer.join('one', 425), await mixer.join('two', 850)];
    await Promise.all([one.hear(30), two.hear(30)]);
    const compound = Buffer.alloc(100);
    const end = writeBye(compound, writeReceiverReport(compound, 0, one.ssrc), one.ssrc);
    one.sendRtcp(compound.subarray(0, end));
    one.ssrc += 100;
    await two.hearUntil(() => two.hears(425) > 4000);
    expect(two.hears(425)).toBeGreaterThan(4000);
    expect((await mixer.ask({ type: 'statistics', member: 'one' }))?.refused.source).toBeLessThan(5);
  });

  it('that are garbage are counted', async () => {
    const one = await mixer.join('one', 425);
    await one.hear(5);
    const garbage = Buffer.from([0x81, 200, 0xff, 0xff, 1, 2, 3, 4, 5]);
    expect(isRtcp(garbage)).toBe(true);
    for (let packet = 0; packet < 10; packet++) one.sendRtcp(garbage);
    await one.hear(5);
    expect((await mixer.ask({ type: 'statistics', member: 'one' }))?.refused.malformed).toBe(10);
  });
});
