import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { experimental } from '@grpc/grpc-js';
import type { Logger } from './logger.js';
import { ServiceError } from './service-error.js';
import { WatchedFiles } from './watched-files.js';

/** The files of RINGDOWN_PEER_CERTIFICATE, RINGDOWN_PEER_KEY and RINGDOWN_PEER_CA. */
export interface PeerFiles {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
}

export interface PeerCertificatesOptions {
  readonly files: PeerFiles;
  readonly logger: Logger;
  readonly intervalMs?: number;
}

type CaListener = Parameters<experimental.CertificateProvider['addCaCertificateListener']>[0];
type IdentityListener = Parameters<experimental.CertificateProvider['addIdentityCertificateListener']>[0];

const settings = {
  certificate: 'RINGDOWN_PEER_CERTIFICATE',
  key: 'RINGDOWN_PEER_KEY',
  ca: 'RINGDOWN_PEER_CA',
} as const;

/**
 * What this process proves itself with toward other pods, and whom it believes: three PEM files, read again while it runs. New connections use what is
 * new; files that don't fit together are told in the log, and the ones before stay in force.
 */
export class PeerCertificates implements experimental.CertificateProvider {
  readonly #files: WatchedFiles;
  readonly #caListeners = new Set<CaListener>();
  readonly #identityListeners = new Set<IdentityListener>();
  #current: ReturnType<typeof checked>;

  /** Throws a ServiceError that names the setting when a file can't be read or used. */
  constructor({ files, logger, intervalMs }: PeerCertificatesOptions) {
    this.#files = new WatchedFiles({
      files: {
        [settings.certificate]: files.certificate,
        [settings.key]: files.key,
        [settings.ca]: files.ca,
      },
      changed: (contents) => {
        this.#current = checked(contents);
        this.#tell();
        logger.info('new certificates toward other services are in use');
      },
      failed: (error) => logger.warn('the certificates toward other services stay as they are', { error }),
      ...(intervalMs === undefined ? {} : { intervalMs }),
    });
    try {
      this.#current = checked(this.#files.first);
    } catch (error) {
      this.#files.close();
      throw error;
    }
  }

  /** When the certificate that is in force ends, in seconds since the epoch. */
  get notAfterSec(): number {
    return this.#current.notAfterSec;
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#caListeners.add(listener);
    // grpc-js is ready for what it is told only when this call has returned.
    process.nextTick(() => listener({ caCertificate: this.#current.ca }));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.add(listener);
    process.nextTick(() => listener(this.#current));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.delete(listener);
  }

  /** Reads the files now. */
  check(): Promise<void> {
    return this.#files.check();
  }

  close(): void {
    this.#files.close();
  }

  #tell(): void {
    for (const listener of this.#identityListeners) listener(this.#current);
    for (const listener of this.#caListeners) listener({ caCertificate: this.#current.ca });
  }
}

function checked(contents: Readonly<Record<string, Buffer>>) {
  const certificate = contents[settings.certificate] as Buffer;
  const privateKey = contents[settings.key] as Buffer;
  const ca = contents[settings.ca] as Buffer;
  const leaf = used(settings.certificate, 'a PEM certificate', () => new X509Certificate(certificate));
  const key = used(settings.key, 'a PEM private key', () => createPrivateKey(privateKey));
  used(settings.ca, 'PEM certificates', () => new X509Certificate(ca));
  if (!leaf.checkPrivateKey(key))
    throw new ServiceError('invalid', `${settings.key} is not the key of the certificate in ${settings.certificate}.`);
  used(settings.certificate, 'what TLS can use', () => createSecureContext({ cert: certificate, key: privateKey, ca }));
  return { certificate, privateKey, ca, notAfterSec: leaf.validToDate.getTime() / 1_000 };
}

function used<Value>(setting: string, what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new ServiceError('invalid', `The file of ${setting} is not ${what}.`, { setting }, error);
  }
}
