import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, PeerFiles, ServicesApart } from '@ringdown/testbed';
import type { HostPort } from '../peers/recording-relay.js';
import { ScriptedPhone } from '../rfc3665/scripted-phone.js';
import { Stranger } from './stranger.js';

export const tenantId = 'acme';
export const domain = 'acme.test';
/** Connections from here begin with a PROXY protocol header, and from nowhere else. */
export const balancerHost = '127.0.0.7';
const edgeHosts = ['127.0.0.2', '127.0.0.3'] as const;
/** What the platform tells nobody. */
const flowTokenShape = /udp\/[\d.]+\/\d|\b(?:tcp|tls|ws|wss)#\d/;

/** A platform as it runs in pods, with two phones that call each other, and strangers who would like to join in. */
export interface Attacked {
  readonly apart: ServicesApart;
  readonly peers: PeerFiles;
  readonly folder: string;
  /** Where an edge takes UDP and TCP. */
  readonly edge: HostPort;
  readonly otherEdge: HostPort;
  /** Over UDP, and over TCP. */
  readonly anna: ScriptedPhone;
  readonly ben: ScriptedPhone;
  /** Has a subscription to the same tenant, and no good intentions. */
  readonly mallory: Stranger;
  /** Has nothing to do with the platform. */
  readonly victim: Stranger;
  /** `host:port` of a listener of the first edge. */
  listener(transport: 'tls' | 'ws' | 'wss'): HostPort;
  stop(): Promise<void>;
}

/** What whoever has a login of the tenant's knows. */
export const loginOf = (username: string) => ({ username, password: `${username}-secret` });
export const addressOf = (username: string): string => `sip:${username}@${domain}`;

export async function startAttacked(): Promise<Attacked> {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-attacks-'));
  const peers = await PeerFiles.create();
  const port = await freePorts(5);
  const apart = await ServicesApart.start({
    locations: 1,
    registrars: 1,
    edges: 2,
    placeOf: (service, number) => ({
      prefix: [],
      settings: {
        RINGDOWN_HTTP_PORT: '0',
        RINGDOWN_DATA_DIR: folder,
        ...(service === 'edge-proxy' ? { RINGDOWN_SIP_LISTENERS: listenersOf(edgeHosts[number - 1] ?? '', port) } : {}),
        ...peers.settings(service),
      },
    }),
  });
  const [edge, otherEdge] = [
    { host: edgeHosts[0], port },
    { host: edgeHosts[1], port },
  ];
  const phones: ScriptedPhone[] = [];
  const strangers: Stranger[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all([...phones, ...strangers].map((each) => each.close()));
    await apart.stop();
    peers.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    const names = ['anna', 'ben', 'mallory'];
    await apart.operator.importSubscribers(
      tenantId,
      names.map((name) => [name, loginOf(name).password]),
    );
    const phone = async (user: string, transport: 'UDP' | 'TCP'): Promise<ScriptedPhone> => {
      const opened = await ScriptedPhone.open({ ...loginOf(user), user, domain, transport, proxy: edge });
      phones.push(opened);
      await opened.register();
      return opened;
    };
    const [anna, ben] = [await phone('anna', 'UDP'), await phone('ben', 'TCP')];
    const stranger = async (host: string, sipPort?: number): Promise<Stranger> => {
      const opened = await Stranger.at(host, sipPort);
      strangers.push(opened);
      return opened;
    };
    const mallory = await stranger('127.0.0.66');
    // At the same port, so that a URI of the attacker's would lead there by its host alone.
    const victim = await stranger('127.0.0.9', mallory.address.port);
    const listener = (transport: string): HostPort => {
      const url = apart.edges[0]?.listeners.find((each) => each.startsWith(`${transport}://`)) ?? '';
      return { host: edge.host, port: Number(url.slice(url.lastIndexOf(':') + 1)) };
    };
    return { apart, peers, folder, edge, otherEdge, anna, ben, mallory, victim, listener, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listenersOf(host: string, port: number): string {
  const plain = [`udp://${host}:${port}`, `tcp://${host}:${port}?proxy=${balancerHost}`];
  const others = ['tls', 'ws', 'wss'].map(
    (transport, at) => `${transport}://${host}:${port + 1 + at}?proxy=${balancerHost}`,
  );
  return [...plain, ...others].join(',');
}

/** Whether a message shows how the platform names its flows. */
export function showsFlowToken(text: string): boolean {
  return flowTokenShape.test(decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25')));
}
