import { RtpView, VideoSwitch, writeRtpHeader } from '@ringdown/media';

const PACKETS = 20_000;
const BATCHES = 5;
const PAYLOAD_BYTES = 1100;
const VP8_INTER = [0x90, 0xc0, 0x80, 0x01, 0x05, 0xb1, 0, 0];
const VP8_KEY = [0x90, 0xc0, 0x80, 0x01, 0x05, 0x90, 2, 13, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1];

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The least CPU time of several batches, in microseconds for one packet to one receiver. */
function measure(receivers: number): string {
  let sent = 0;
  const video = new VideoSwitch({
    encoding: 'VP8',
    random: () => 1,
    sink: {
      send: (_member, _packet, length) => {
        sent += length;
      },
      requestKeyFrame: () => {},
    },
  });
  video.setSource('speaker', { payloadType: 96, pli: true, fir: false }, 0);
  for (let i = 0; i < receivers; i += 1) video.setReceiver(`member-${i}`, { payloadType: 96 }, 0);
  const packet = new Uint8Array(12 + PAYLOAD_BYTES);
  const view = new RtpView();
  let sequence = 0;
  const forward = (payload: readonly number[]): void => {
    writeRtpHeader(packet, 0, 96, false, sequence, sequence * 300, 7);
    packet.set(payload, 12);
    sequence += 1;
    if (view.read(packet) !== undefined) throw new Error('the packet is no RTP');
    video.received('speaker', view, sequence);
  };
  forward(VP8_KEY);
  let best = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const rounds = Math.ceil(PACKETS / receivers);
    const before = process.cpuUsage();
    for (let i = 0; i < rounds; i += 1) forward(VP8_INTER);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / (rounds * receivers));
  }
  if (sent < PACKETS * PAYLOAD_BYTES) throw new Error('packets were not forwarded');
  return best.toFixed(2).padStart(6);
}

for (const receivers of [1, 10, 100]) {
  print(`${PAYLOAD_BYTES} bytes of VP8 to ${String(receivers).padStart(3)} receivers: ${measure(receivers)} us each`);
}
