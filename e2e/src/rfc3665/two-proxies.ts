import { Recording, type WireTransport } from '../peers/recording.js';
import { RecordingRelay } from '../peers/recording-relay.js';
import { Proxy } from './proxies.js';
import { ScriptedPhone } from './scripted-phone.js';

/** The domain of Proxy 1, Alice's. */
export const atlanta = 'atlanta.ringdown.test';
/** A further domain of Alice's, which Proxy 2 serves too, with a realm and credentials of its own. */
export const branch = 'branch.atlanta.ringdown.test';
export const branchRealm = 'partners of biloxi';
/** The domain of Proxy 2, Bob's. Proxy 1 reaches it over the transport that its first label names. */
export const biloxi = (transport: WireTransport): string => `${transport.toLowerCase()}.biloxi.ringdown.test`;
/** A domain that Proxy 1 serves nobody of, but knows somebody in who has moved. */
export const chicago = (transport: WireTransport): string => `${transport.toLowerCase()}.chicago.ringdown.test`;

const transports = ['UDP', 'TCP'] as const;

/** Two platforms, each an own process with an own database, that know of each other only what routes of their tenants say. */
export class TwoProxies {
  readonly recording: Recording;
  readonly proxy1: Proxy;
  readonly proxy2: Proxy;
  private readonly phones: ScriptedPhone[] = [];
  private readonly relays: RecordingRelay[] = [];
  private bobs = 0;

  private constructor(recording: Recording, proxy1: Proxy, proxy2: Proxy) {
    this.recording = recording;
    this.proxy1 = proxy1;
    this.proxy2 = proxy2;
  }

  static async start(): Promise<TwoProxies> {
    const recording = new Recording();
    const proxy1 = await Proxy.start({ name: 'proxy1', recording });
    const proxy2 = await Proxy.start({ name: 'proxy2', recording }).catch(async (error: unknown) => {
      await proxy1.stop();
      throw error;
    });
    const world = new TwoProxies(recording, proxy1, proxy2);
    try {
      await world.configure();
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  /** Alice with Proxy 1 as her outbound proxy, registered there, so that she is reached on the flow that she opened (RFC 5626 §5.3). */
  async alice(transport: WireTransport, domain = atlanta): Promise<ScriptedPhone> {
    const phone = await this.unregisteredAlice(transport, this.proxy1, domain);
    await phone.register();
    return phone;
  }

  /** Alice at any proxy, reached by her Contact alone; a relay before her records what comes that way. */
  async unregisteredAlice(transport: WireTransport, proxy: Proxy, domain = atlanta): Promise<ScriptedPhone> {
    const password = proxy === this.proxy1 ? 'alice of atlanta' : 'alice at biloxi';
    const phone = await ScriptedPhone.open({ user: 'alice', domain, password, transport, proxy: proxy.address });
    this.phones.push(phone);
    const { recording } = this;
    const listen = { host: '127.0.0.1', port: 0 };
    const relay = await RecordingRelay.open({ recording, name: 'alice', element: phone.address, listen });
    this.relays.push(relay);
    phone.reachedAt = relay.address;
    return phone;
  }

  /** A Bob whom no other test has called, registered at Proxy 2. */
  async bob(transport: WireTransport): Promise<ScriptedPhone> {
    this.bobs += 1;
    const user = `bob${this.bobs}`;
    const password = `${user} of biloxi`;
    await this.proxy2.put(`/tenants/biloxi/subscribers/${user}`, { password });
    const { address } = this.proxy2;
    const phone = await ScriptedPhone.open({ user, domain: biloxi(transport), password, transport, proxy: address });
    this.phones.push(phone);
    await phone.register();
    return phone;
  }

  /** Lets Proxy 1 redirect who asks for Chicago to a phone's address of record. */
  async redirectChicago(transport: WireTransport, phone: ScriptedPhone): Promise<void> {
    await this.proxy1.put(`/tenants/atlanta/routes/chicago-${transport.toLowerCase()}`, {
      match: { kind: 'domain', domain: chicago(transport) },
      action: { kind: 'redirect', statusCode: 302, contacts: [{ uri: phone.addressOfRecord }] },
    });
  }

  /** Ends the phones of a test. */
  async hangUpAll(): Promise<void> {
    await Promise.all(this.phones.splice(0).map((phone) => phone.close()));
    await Promise.all(this.relays.splice(0).map((relay) => relay.close()));
  }

  async stop(): Promise<void> {
    await this.hangUpAll();
    await Promise.all([this.proxy1.stop(), this.proxy2.stop()]);
  }

  private async configure(): Promise<void> {
    const { proxy1, proxy2 } = this;
    await proxy1.put('/tenants/atlanta', { canonicalDomain: atlanta });
    await proxy1.put(`/tenants/atlanta/domains/${branch}`, {});
    await proxy1.put('/tenants/atlanta/subscribers/alice', { password: 'alice of atlanta' });
    for (const transport of transports) {
      const name = transport.toLowerCase();
      await proxy1.put(`/tenants/atlanta/routes/biloxi-${name}`, {
        match: { kind: 'domain', domain: biloxi(transport) },
        action: { kind: 'next-hop', uri: `sip:${proxy2.hostPort};transport=${name}` },
      });
    }
    await proxy2.put('/tenants/biloxi', { canonicalDomain: 'biloxi.ringdown.test' });
    for (const transport of transports) await proxy2.put(`/tenants/biloxi/domains/${biloxi(transport)}`, {});
    // A route back is what lets Atlanta's users call Biloxi's.
    await proxy2.put('/tenants/biloxi/routes/atlanta', {
      match: { kind: 'domain', domain: atlanta },
      action: { kind: 'next-hop', uri: `sip:${proxy1.hostPort}` },
    });
    await proxy2.put('/tenants/partners', { canonicalDomain: branch, realm: branchRealm });
    await proxy2.put('/tenants/partners/subscribers/alice', { password: 'alice at biloxi' });
  }
}
