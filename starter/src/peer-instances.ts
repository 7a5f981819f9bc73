import type { LinkSource } from '@ringdown/edge-proxy';
import {
  type Endpoint,
  type GrpcChannelOptions,
  Instances,
  type Logger,
  OutageLog,
  type PeerChannel,
} from '@ringdown/platform';
import { SipLinkClient } from '@ringdown/sip-transport';
import { hostPort, type Started } from './process-parts.js';

/** Tells the log once when a name can't be resolved, and when it can again. */
export function nameOutages(logger: Logger): Required<Pick<GrpcChannelOptions, 'failed' | 'resolved'>> {
  const outages = new OutageLog(logger);
  return {
    failed: (host, error) =>
      void outages.failed(host, `${host} can't be resolved: what it stood for before is used on`, { error }),
    resolved: (host) => void outages.healed(host, `${host} can be resolved again`),
  };
}

/** SipLink to every instance of a service, as they come and go with what its names resolve to. */
export function linksTo(
  endpoints: readonly Endpoint[],
  channel: PeerChannel,
  logger: Logger,
  started: Started,
): LinkSource {
  return (came) => {
    const leave = new Map<Endpoint, () => void>();
    const instances = new Instances({
      endpoints,
      came: (instance) => {
        leave.set(
          instance,
          came((link) => new SipLinkClient({ ...link, ...channel, address: hostPort(instance) })),
        );
      },
      gone: (instance) => {
        leave.get(instance)?.();
        leave.delete(instance);
      },
      ...nameOutages(logger),
    });
    started.keep({ name: 'instances', drain: async () => {}, stop: async () => instances.close() });
  };
}
