import { expect, it } from 'vitest';
import { audioCodec } from './answer-codec.js';

const head = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';

it.each([
  {
    name: 'a format that is mapped',
    media: 'm=audio 4000 RTP/AVP 96 0\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:96 opus/48000/2\r\n',
    codec: 'opus',
  },
  { name: 'one that needs no map', media: 'm=audio 4000 RTP/AVP 8 0\r\n', codec: 'PCMA' },
  {
    name: 'the map of another medium',
    media: 'm=audio 4000 RTP/AVP 9\r\nm=video 4002 RTP/AVP 9\r\na=rtpmap:9 H264/90000\r\n',
    codec: 'G722',
  },
  { name: 'a dynamic one without a map', media: 'm=audio 4000 RTP/AVP 101\r\n', codec: '' },
  {
    name: 'audio after video, and bare line feeds',
    media: 'm=video 0 RTP/AVP 99\nm=audio 4000 RTP/SAVPF 111\na=rtpmap:111 opus/48000/2\n',
    codec: 'opus',
  },
  { name: 'audio that is refused', media: 'm=audio 0 RTP/AVP 0\r\n', codec: '' },
  { name: 'fax alone', media: 'm=image 4000 udptl t38\r\n', codec: '' },
  { name: 'a line that breaks off', media: 'm=audio 4000', codec: '' },
  { name: 'an odd name', media: 'm=audio 4000 RTP/AVP 96\r\na=rtpmap:96 \x00<script>\r\n', codec: '' },
])('$name', ({ media, codec }) => {
  expect(audioCodec(head + media)).toBe(codec);
});

it('nothing', () => {
  expect([audioCodec(''), audioCodec('m=audio 1 RTP/AVP 0'), audioCodec('x')]).toEqual(['', 'PCMU', '']);
});
