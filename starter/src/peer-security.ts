import {
  type Endpoint,
  type Logger,
  mutualTls,
  PeerCertificates,
  type PeerCredentials,
  readGauge,
  type Settings,
  unprovenPeers,
} from '@ringdown/platform';
import { isLoopback } from '@ringdown/sip-transport';
import type { Started } from './process-parts.js';
import { StartProblem } from './start-problem.js';

/** Who may call a service over gRPC, SipLink included. Whoever may, can be any user: as few as there are. */
const admitted: Readonly<Record<string, readonly string[]>> = {
  'edge-proxy': ['edge-proxy'],
  registrar: ['edge-proxy'],
  redirect: ['edge-proxy'],
  location: ['edge-proxy', 'registrar', 'redirect'],
  directory: ['edge-proxy', 'registrar', 'redirect', 'conference-focus'],
  'conference-focus': ['edge-proxy', 'conference-focus'],
};

const remedy =
  'Set RINGDOWN_PEER_CERTIFICATE, RINGDOWN_PEER_KEY and RINGDOWN_PEER_CA; or, where a mesh encrypts and proves who calls, RINGDOWN_PEER_INSECURE=mesh.';

/**
 * How a service that runs alone proves itself to others and has them prove themselves: by the certificates of the settings, or, on this machine or in
 * a mesh, not at all. Throws StartProblem for settings that would let strangers in, and a ServiceError for certificates that can't be used.
 */
export function peerCredentials(settings: Settings, logger: Logger, started: Started): PeerCredentials {
  const { certificate, key, ca, isInMesh } = settings.peers;
  if (certificate !== undefined && key !== undefined && ca !== undefined) {
    const certificates = new PeerCertificates({ files: { certificate, key, ca }, logger });
    started.keep({ name: 'peer certificates', drain: async () => {}, stop: async () => certificates.close() });
    readGauge(started.processMetrics, {
      name: 'ringdown_peer_certificate_not_after_seconds',
      help: 'When the certificate toward other services ends, in seconds since the epoch',
      read: () => [[{}, certificates.notAfterSec]],
    });
    return mutualTls(certificates);
  }
  if (certificate !== undefined || key !== undefined || ca !== undefined)
    throw new StartProblem(
      'RINGDOWN_PEER_CERTIFICATE, RINGDOWN_PEER_KEY and RINGDOWN_PEER_CA belong together: one of them is missing.',
    );
  if (!isInMesh) requireLoopback(settings);
  return unprovenPeers;
}

/** The services that may call this one. */
export function callersOf(service: string): readonly string[] {
  return admitted[service] ?? [];
}

function requireLoopback(settings: Settings): void {
  const { grpc, locationUrls, directoryUrls, registrarUrls, redirectUrls, focusUrls } = settings;
  if (!isLoopback(grpc.host)) {
    throw new StartProblem(
      `RINGDOWN_GRPC_HOST is ${grpc.host}, where other machines reach it: without certificates whoever connects could act as any user. ${remedy}`,
    );
  }
  const urls: Readonly<Record<string, readonly Endpoint[] | undefined>> = {
    RINGDOWN_LOCATION_URLS: locationUrls,
    RINGDOWN_DIRECTORY_URLS: directoryUrls,
    RINGDOWN_REGISTRAR_URLS: registrarUrls,
    RINGDOWN_REDIRECT_URLS: redirectUrls,
    RINGDOWN_FOCUS_URLS: focusUrls,
  };
  for (const [setting, endpoints] of Object.entries(urls)) {
    const elsewhere = endpoints?.find(({ host }) => !isLoopback(host));
    if (elsewhere === undefined) continue;
    throw new StartProblem(
      `${setting} names ${elsewhere.host}, which is not this machine: without certificates nobody proves who answers there. ${remedy}`,
    );
  }
}
