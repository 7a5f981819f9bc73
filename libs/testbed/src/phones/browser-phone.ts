import type { Page } from 'playwright-core';
import type { Browser } from './browser.js';
import type { Colour, PagePhone, Sight, VideoCodec } from './page-phone.js';
import { loudness, type TonePhone } from './tone-phone.js';

export interface BrowserPhoneOptions {
  /** Address of record without the scheme. */
  readonly address: string;
  readonly password: string;
  /** Where the platform takes WebSockets: `ws://127.0.0.1:5080`, or `wss:`. */
  readonly url: string;
  /** The tone that it speaks, in hertz. */
  readonly toneHertz: number;
  /** What it asks for in REGISTER; 300 unless told. */
  readonly expiresSec?: number;
  /** What its camera shows; without, it has none. */
  readonly colour?: Colour;
  /** The one codec for video that it offers; all that it has unless told. */
  readonly videoCodec?: VideoCodec;
}

/** What the page's script has made global. */
declare const phone: PagePhone;

const settleMs = 15_000;

/** JsSIP in a page of a browser as a phone that can be heard: DTLS-SRTP with ICE. */
export class BrowserPhone implements TonePhone {
  static async start(browser: Browser, options: BrowserPhoneOptions): Promise<BrowserPhone> {
    const page = await browser.open();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    const { expiresSec = 300, ...rest } = options;
    await page.evaluate((register) => phone.register(register), {
      ...rest,
      expiresSec,
      amplitude: loudness.spoken,
    });
    return new BrowserPhone(options, page, complaints);
  }

  private constructor(
    private readonly options: BrowserPhoneOptions,
    private readonly page: Page,
    private readonly complaints: readonly string[],
  ) {}

  get address(): string {
    return this.options.address;
  }

  get toneHertz(): number {
    return this.options.toneHertz;
  }

  get transport(): 'WS' | 'WSS' {
    return this.options.url.startsWith('wss:') ? 'WSS' : 'WS';
  }

  async register(timeoutMs = settleMs): Promise<void> {
    await this.event(/^registered$/, 0, timeoutMs);
  }

  call(address: string): void {
    void this.page.evaluate((target) => phone.call(target), `sip:${address}`);
  }

  hangUp(): void {
    void this.page.evaluate(() => phone.hangUp());
  }

  async mark(): Promise<number> {
    return (await this.events()).length;
  }

  async established(since: number, timeoutMs = settleMs): Promise<void> {
    const outcome = await this.event(/^established$|^ended|^failed/, since, timeoutMs);
    if (outcome !== 'established') throw new Error(`the call of ${this.address} ${outcome}\n${await this.log()}`);
  }

  ended(since: number, timeoutMs = settleMs): Promise<string> {
    return this.event(/^ended|^failed/, since, timeoutMs);
  }

  mediaPorts(): Promise<readonly number[]> {
    return this.page.evaluate(() => phone.mediaPorts());
  }

  heard(hertz: number, seconds = 1): Promise<number> {
    return this.page.evaluate(([frequency, time]) => phone.heard(frequency, time), [hertz, seconds] as const);
  }

  async listenFor(hertz: readonly number[], seconds: number): Promise<readonly number[]> {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    return Promise.all(hertz.map((each) => this.heard(each, seconds)));
  }

  /** Speaks its tone, as it does from the beginning, or is silent. Resolves with when that began, in milliseconds since 1970. */
  speak(aloud: boolean): Promise<number> {
    return this.page.evaluate((isAloud) => phone.speak(isAloud), aloud);
  }

  /** The colours that it has seen in the latest call, as they followed each other. */
  sights(): Promise<readonly Sight[]> {
    return this.page.evaluate(() => phone.sights());
  }

  framesSeen(): Promise<number> {
    return this.page.evaluate(() => phone.framesSeen());
  }

  async log(): Promise<string> {
    return [...(await this.events()), ...this.complaints].join('\n');
  }

  async stop(): Promise<void> {
    await this.page.evaluate(() => phone.stop());
    await this.page.close();
  }

  private events(): Promise<readonly string[]> {
    return this.page.evaluate(() => phone.events());
  }

  /** Resolves with the first thing that fits and that has happened since a mark; rejects with the log when the time is over. */
  private async event(pattern: RegExp, since: number, timeoutMs: number): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const events = await this.events();
      const found = events.slice(since).find((event) => pattern.test(event));
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${this.address}: no ${pattern} in ${timeoutMs} ms:\n${await this.log()}`);
      await this.page.evaluate(([known, waitMs]) => phone.changed(known, waitMs), [events.length, leftMs] as const);
    }
  }
}
