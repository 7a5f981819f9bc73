import {
  type ChannelCredentials,
  credentials,
  experimental,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import type { PeerCertificates } from './peer-certificates.js';
import { rolesOfCertificate } from './peer-role.js';

/** How connections to a service are made. */
export interface PeerChannel {
  readonly credentials: ChannelCredentials;
  /** The name that TLS is asked for, where there is TLS. */
  readonly serverName?: string;
}

/** How the services of a platform prove to each other who they are. */
export interface PeerCredentials {
  /** For a server that these services may call, whichever method. */
  server(admitted: readonly string[]): ServerCredentials;
  /** For connections to a service of this name. */
  client(service: string): PeerChannel;
}

/** Nothing is proven and nothing encrypted: for loopback, or where a mesh does both. */
export const unprovenPeers: PeerCredentials = {
  server: () => ServerCredentials.createInsecure(),
  client: () => ({ credentials: credentials.createInsecure() }),
};

/** Mutual TLS. Each side's certificate must come from the platform's CA and name the right service; host names and addresses say nothing. */
export function mutualTls(certificates: PeerCertificates): PeerCredentials {
  return {
    server: (admitted) =>
      experimental.createServerCredentialsWithInterceptors(
        experimental.createCertificateProviderServerCredentials(certificates, certificates, true),
        [onlyFrom(admitted)],
      ),
    client: (service) => ({
      serverName: service,
      credentials: experimental.createCertificateProviderChannelCredentials(certificates, certificates, {
        checkServerIdentity: (_host, certificate) =>
          rolesOfCertificate(certificate.raw).includes(service)
            ? undefined
            : new Error(`the peer's certificate is not that of a ${service}`),
      }),
    }),
  };
}

/** Refuses the calls of everybody whose certificate names none of these services. */
function onlyFrom(admitted: readonly string[]): ServerInterceptor {
  return (_method, call) => {
    const raw = call.getAuthContext().sslPeerCertificate?.raw;
    const roles = raw === undefined ? [] : rolesOfCertificate(raw);
    if (roles.some((role) => admitted.includes(role))) return new ServerInterceptingCall(call);
    const who = roles.length === 0 ? 'a peer whose certificate names no service' : roles.join(', ');
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: () => {
            call.sendStatus({
              code: status.PERMISSION_DENIED,
              details: `${who} is not admitted here: only ${admitted.join(', ')}`,
            });
          },
        });
      },
    });
  };
}
