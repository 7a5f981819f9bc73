import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BaresipPhone,
  type BaresipPhoneOptions,
  Browser,
  BrowserPhone,
  type BrowserPhoneOptions,
  portOf,
  ServicesApart,
  type TonePhone,
} from '@ringdown/testbed';
import { startRtpengine, type TestRtpengine } from '@ringdown/testkit';
import { ConferenceApi } from './conference-api.js';
import { ScriptedMember } from './scripted-member.js';

export const tenantId = 'acme';
export const domain = 'acme.test';
const adminToken = 'operator-key-of-the-tests';

export interface ConferencePlaceOptions {
  /** Everybody who may have a phone. */
  readonly users: readonly string[];
  /** Default: two of each, so that a phone's edge and a room's pod are any. */
  readonly edges?: number;
  readonly focuses?: number;
  /** Whether there is an rtpengine, which browsers need. */
  readonly hasRelay?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

interface Stoppable {
  stop(): Promise<void>;
}

/** A platform with pods of the focus, one tenant, and phones of every kind for its users. */
export class ConferencePlace {
  private browser: Browser | undefined;
  private readonly phones: Stoppable[] = [];

  static async start(options: ConferencePlaceOptions): Promise<ConferencePlace> {
    const { users, edges = 2, focuses = 2, hasRelay = false, environment = {} } = options;
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-e2e-'));
    const relay = hasRelay ? await startRtpengine() : undefined;
    const settings = {
      RINGDOWN_DATA_DIR: folder,
      RINGDOWN_ADMIN_TOKEN: adminToken,
      ...(relay === undefined ? {} : { RINGDOWN_RTPENGINE_URLS: `1@${relay.ng}` }),
      ...environment,
    };
    const apart = await ServicesApart.start({ locations: 1, registrars: 1, edges, focuses, environment: settings });
    const place = new ConferencePlace(apart, relay, folder);
    try {
      await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
      await apart.operator.importSubscribers(
        tenantId,
        users.map((user) => [user, passwordOf(user)]),
      );
    } catch (error) {
      await place.stop();
      throw error;
    }
    return place;
  }

  private constructor(
    readonly apart: ServicesApart,
    readonly relay: TestRtpengine | undefined,
    private readonly folder: string,
  ) {}

  /** The operator's API at one pod. */
  api(focus = 0): ConferenceApi {
    return new ConferenceApi(`http://${this.apart.focuses[focus]?.http}`, adminToken, tenantId);
  }

  /** The sum of a metric of the focus over all its pods and labels. */
  async metric(name: string): Promise<number> {
    return Object.values(await this.metricBy(name, '')).reduce((sum, value) => sum + value, 0);
  }

  /** A metric of the focus by the values of one of its labels, over all its pods. */
  async metricBy(name: string, label: string): Promise<Readonly<Record<string, number>>> {
    const texts = await Promise.all(
      this.apart.focuses.map(async ({ http }) => (await fetch(`http://${http}/metrics`)).text()),
    );
    const sums: Record<string, number> = {};
    for (const text of texts) {
      for (const [, labels = '', value] of text.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)$`, 'gm'))) {
        const key = new RegExp(`[{,]${label}="([^"]*)"`).exec(labels)?.[1] ?? '';
        sums[key] = (sums[key] ?? 0) + Number(value);
      }
    }
    return sums;
  }

  /** A baresip, registered at an edge. */
  async baresip(
    user: string,
    toneHertz: number,
    { edge = 0, ...options }: Partial<BaresipPhoneOptions> & { readonly edge?: number } = {},
  ): Promise<BaresipPhone> {
    const identity = { address: `${user}@${domain}`, password: passwordOf(user) };
    const given = { ...identity, proxy: this.apart.sip(edge), transport: 'UDP', toneHertz, ...options } as const;
    const phone = await BaresipPhone.start(given);
    this.phones.push(phone);
    await phone.register();
    return phone;
  }

  /** JsSIP in a page, registered over WSS at an edge. */
  async browserPhone(
    user: string,
    toneHertz: number,
    { edge = 0, ...options }: Partial<BrowserPhoneOptions> & { readonly edge?: number } = {},
  ): Promise<BrowserPhone> {
    this.browser ??= await Browser.start();
    const listener = this.apart.edges[edge]?.listeners.find((url) => url.startsWith('wss:')) ?? '';
    const identity = { address: `${user}@${domain}`, password: passwordOf(user) };
    const given = { ...identity, url: `wss://127.0.0.1:${portOf(listener)}`, toneHertz, ...options };
    const phone = await BrowserPhone.start(this.browser, given);
    this.phones.push(phone);
    await phone.register();
    return phone;
  }

  /** A scripted phone, registered at an edge unless told otherwise. Where nothing listens to its media, that goes to the discard port. */
  async member(
    user: string,
    { edge = 0, mediaPort = 9, isRegistered = true, password = passwordOf(user), at = domain } = {},
  ): Promise<ScriptedMember> {
    const proxy = { host: '127.0.0.1', port: Number(portOf(this.apart.sip(edge))) };
    const member = await ScriptedMember.open({ user, domain: at, password, proxy }, mediaPort, isRegistered);
    this.phones.push({ stop: () => member.close() });
    return member;
  }

  /** Ends every phone that was started. */
  async hangUpAll(): Promise<void> {
    await Promise.all(this.phones.splice(0).map((phone) => phone.stop()));
  }

  async stop(): Promise<void> {
    await this.hangUpAll();
    await Promise.all([this.browser?.stop(), this.apart.stop(), this.relay?.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Calls a room by each phone and resolves when all are in. */
export async function dialIn(room: string, ...phones: readonly TonePhone[]): Promise<void> {
  await Promise.all(
    phones.map(async (phone) => {
      const from = await phone.mark();
      phone.call(`${room}@${domain}`);
      await phone.established(from);
    }),
  );
}

export function passwordOf(user: string): string {
  return `${user}-secret`;
}
