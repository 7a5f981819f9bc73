import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page, type Browser as Process } from 'playwright-core';
import { pageBundle } from './page-bundle.js';

export interface BrowserOptions {
  /** Where it runs, where not in the network namespace of the test itself. */
  readonly namespace?: string;
}

const executable = '/usr/bin/chromium';
/** Of a secure context; nobody listens there, the page is handed over to the browser. */
const origin = 'http://localhost';
const flags = [
  '--no-sandbox',
  '--ignore-certificate-errors',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks',
  '--allow-loopback-in-peer-connection',
  '--disable-audio-output',
  '--disable-gpu',
  '--disable-dev-shm-usage',
];

/** A headless Chromium, whose pages are phones. */
export class Browser {
  private constructor(
    private readonly process: Process,
    private readonly folder: string,
    private readonly script: string,
  ) {}

  static async start({ namespace }: BrowserOptions = {}): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-browser-'));
    const [process, script] = await Promise.all([
      chromium.launch({ executablePath: executableIn(namespace, folder), args: flags }),
      pageBundle(),
    ]);
    return new Browser(process, folder, script);
  }

  /** A page of its own, without cookies or cache of another one, in which the phone's script has run. */
  async open(): Promise<Page> {
    const page = await this.process.newPage();
    await page.route(`${origin}/`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>A phone</title>' }),
    );
    await page.goto(`${origin}/`);
    await page.addScriptTag({ content: this.script });
    return page;
  }

  async stop(): Promise<void> {
    await this.process.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What to start: the browser itself, or a script that starts it in a namespace, since its arguments can't be put after others. */
function executableIn(namespace: string | undefined, folder: string): string {
  if (namespace === undefined) return executable;
  const script = join(folder, 'chromium');
  writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${namespace} ${executable} "$@"\n`);
  chmodSync(script, 0o755);
  return script;
}
