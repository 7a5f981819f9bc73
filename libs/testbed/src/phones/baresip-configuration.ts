import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SoundFormat, telephone, writeTone } from './tone-file.js';

export type BaresipCodec = 'PCMU' | 'PCMA' | 'G722' | 'opus';

export interface BaresipOptions {
  /** Address of record without the scheme, such as `alice@demo.ringdown.test`. */
  readonly address: string;
  readonly password: string;
  /** Where the platform listens: `127.0.0.1:5060`. */
  readonly proxy: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Its own address, `127.0.0.1` unless told. */
  readonly localAddress?: string;
  /** The network namespace that it runs in, where not in that of the test itself. */
  readonly namespace?: string;
  /** The tone that it speaks, in whole hertz. */
  readonly toneHertz: number;
  /** The peak of that tone, of 16-bit samples; 8,000 unless told. */
  readonly amplitude?: number;
  readonly answer: 'auto' | 'manual';
  /** The one that it offers and takes, besides RFC 4733's events; PCMU unless told. */
  readonly codec?: BaresipCodec;
  /** Whether it knows PCMU besides. */
  readonly knowsPcmu?: boolean;
  /** Whether it insists on SRTP with the keys in the descriptions (RFC 4568), or offers it; plain RTP unless told. */
  readonly secureMedia?: boolean | 'optional';
  /** Further account parameters, such as `;dtmfmode=info`. */
  readonly account?: string;
  /** Further lines of the configuration, such as `call_max_calls 1`. */
  readonly config?: readonly string[];
}

export const loopback = '127.0.0.1';
/** Ports besides those for media. */
const fewPorts = 4;
const mediaPortCount = 16;
/** How many neighbouring ports a phone needs. */
export const portCount = fewPorts + mediaPortCount;
const modules = '/usr/lib/baresip/modules';
/** Longer than any call: at the end of its file a phone falls silent. */
const toneSeconds = 120;
const codecs: Readonly<
  Record<BaresipCodec, { readonly module: string; readonly name: string; readonly sound: SoundFormat }>
> = {
  PCMU: { module: 'g711', name: 'PCMU/8000/1', sound: telephone },
  PCMA: { module: 'g711', name: 'PCMA/8000/1', sound: telephone },
  G722: { module: 'g722', name: 'G722/16000/1', sound: { sampleRate: 16_000, channels: 1 } },
  opus: { module: 'opus', name: 'opus/48000/2', sound: { sampleRate: 48_000, channels: 2 } },
};

/** The ports of one phone: for SIP (the next one is taken for TLS), to drive it by, and for media. */
export interface Ports {
  readonly sip: number;
  readonly control: number;
  readonly media: readonly number[];
}

/** One for SIP, the next for TLS, which it takes by itself, one to drive it, and the rest for media. */
export function portsFrom(first: number): Ports {
  const media = Array.from({ length: mediaPortCount }, (_, index) => first + fewPorts + index);
  return { sip: first, control: first + 2, media };
}

/** Where the phone of a folder records what it hears. */
export function dumpOf(folder: string): string {
  return join(folder, 'dump');
}

/** Writes all that baresip reads when it starts in this folder. */
export function writeConfiguration(folder: string, ports: Ports, options: BaresipOptions): void {
  const { localAddress = loopback } = options;
  const codec = options.codec ?? 'PCMU';
  const { module, name, sound } = codecs[codec];
  const dump = dumpOf(folder);
  mkdirSync(dump);
  const tone = join(folder, 'tone.wav');
  writeTone(tone, options.toneHertz, toneSeconds, sound, options.amplitude);
  const config = [
    'poll_method epoll',
    `sip_listen ${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${ports.sip}`,
    `sip_trans_def ${options.transport}`,
    `net_interface ${localAddress}`,
    `audio_source aufile,${tone}`,
    'audio_player aubridge,null',
    'audio_alert aubridge,null',
    `snd_path ${dump}`,
    `module_path ${modules}`,
    ...new Set([module, 'g711', 'aufile', 'aubridge', 'sndfile', 'srtp'].map((name) => `module ${name}.so`)),
    ...['uuid', 'account'].map((name) => `module_tmp ${name}.so`),
    ...['menu', 'ctrl_tcp'].map((name) => `module_app ${name}.so`),
    `ctrl_tcp_listen ${loopback}:${ports.control}`,
    // Its tone is of its own codec's rate; for another one it is converted.
    ...(options.knowsPcmu === true ? [`ausrc_srate ${sound.sampleRate}`, `ausrc_channels ${sound.channels}`] : []),
    `rtp_ports ${ports.media[0]}-${ports.media.at(-1)}`,
    ...(options.config ?? ['call_max_calls 4']),
  ];
  writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`);
  writeFileSync(join(folder, 'contacts'), '');
  const { address, password, proxy, transport, answer, secureMedia = false, account = '' } = options;
  const encryption = { true: ';mediaenc=srtp-mand', optional: ';mediaenc=srtp', false: '' }[`${secureMedia}`];
  const known = options.knowsPcmu === true ? `${name},${codecs.PCMU.name}` : name;
  const user = address.split('@')[0] ?? address;
  writeFileSync(
    join(folder, 'accounts'),
    `<sip:${address};transport=${transport}>;auth_user=${user};auth_pass=${password};outbound="sip:${proxy};transport=${transport}";` +
      `regint=60;audio_codecs=${known};answermode=${answer}${encryption}${account}\n`,
  );
}
