import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const libraries = '/usr/lib';

/** Where Debian keeps Janus's modules; undefined where it isn't installed. */
function modules(): string | undefined {
  const machine = readdirSync(libraries).find((name) => {
    try {
      return readdirSync(join(libraries, name, 'janus', 'plugins')).includes('libjanus_audiobridge.so');
    } catch {
      return false;
    }
  });
  return machine === undefined ? undefined : join(libraries, machine, 'janus');
}

/** Writes the configuration of a Janus with nothing but the audiobridge and its API over WebSocket on loopback. Throws where it isn't installed. */
export function writeJanusConfiguration(folder: string, apiPort: number): void {
  const from = modules();
  if (from === undefined) throw new Error("Debian's package janus is not installed");
  const others = (kind: string, kept: string): string =>
    readdirSync(join(from, kind))
      .filter((name) => name.endsWith('.so') && name !== kept)
      .join(',');
  const files = {
    'janus.jcfg': `
general: {
  configs_folder = "${folder}"
  plugins_folder = "${from}/plugins"
  transports_folder = "${from}/transports"
  events_folder = "${from}/events"
  loggers_folder = "${from}/loggers"
  debug_level = 2
  session_timeout = 0
}
plugins: { disable = "${others('plugins', 'libjanus_audiobridge.so')}" }
transports: { disable = "${others('transports', 'libjanus_websockets.so')}" }
events: { broadcast = false }
`,
    'janus.transport.websockets.jcfg': `general: { ws = true, ws_port = ${apiPort}, ws_ip = "127.0.0.1", wss = false }\n`,
    'janus.plugin.audiobridge.jcfg': `general: { rtp_port_range = "15000-19999", local_ip = "127.0.0.1" }\n`,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}
