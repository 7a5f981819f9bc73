import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { certificateNames } from './certificate-names.js';

/** A certificate with the chain behind it and its private key, as PEM. */
export interface CertificatePem {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The files of one certificate. */
export interface CertificateFiles {
  /** PEM: the certificate, then the chain up to its authority. */
  readonly cert: string;
  /** PEM, not encrypted. */
  readonly key: string;
}

/** How files are watched. */
export interface CertificateWatch {
  /** Told what is wrong with new files, in a sentence; what was loaded before goes on. */
  readonly report: (problem: string) => void;
  /** How often the files are looked at; 10 s without it. */
  readonly everyMs?: number;
}

interface Entry extends CertificatePem {
  /** Names that a client may ask for, in small letters; with `*` for one label. */
  readonly names: readonly string[];
  readonly notAfterSec: number;
  /** By the authorities of clients, since OpenSSL keeps both in one place; '' for none. */
  readonly contexts: Map<string, SecureContext>;
}

const defaultWatchMs = 10_000;

/**
 * The certificates of a TLS port, one of which is chosen by the name that a client asks for (SNI), else the first. They change while
 * the port is open: connections that are there keep theirs, new ones get the new.
 */
export class ServerCertificates {
  readonly #files: readonly CertificateFiles[];
  readonly #changed = new Set<() => void>();
  #entries: readonly [Entry, ...Entry[]];
  #seen = '';
  #timer: NodeJS.Timeout | undefined;

  private constructor(entries: readonly [Entry, ...Entry[]], files: readonly CertificateFiles[]) {
    this.#entries = entries;
    this.#files = files;
  }

  /** Throws an Error that says what is wrong with which of them. */
  static of(certificates: readonly CertificatePem[]): ServerCertificates {
    return new ServerCertificates(readAll(numbered(certificates)), []);
  }

  /**
   * Reads the files, and again whenever they change if `watch` is given. Rejects with an Error that says what is wrong with which
   * file. Files are looked at by time, not by the system's notices, which Kubernetes' swapped links don't give.
   */
  static async load(files: readonly CertificateFiles[], watch?: CertificateWatch): Promise<ServerCertificates> {
    const seen = await fingerprint(files);
    const certificates = new ServerCertificates(readAll(await readFiles(files)), files);
    certificates.#seen = seen;
    if (watch !== undefined) certificates.#watch(watch);
    return certificates;
  }

  /** Of the certificate that holds where no other fits. */
  get default(): CertificatePem {
    return this.#entries[0];
  }

  /** The context for a client that asks for this name; `ca`: who may have issued client certificates. */
  contextFor(serverName: string | undefined, ca?: readonly string[]): SecureContext {
    const entry = this.#entryFor(serverName);
    const key = ca === undefined ? '' : ca.join('\n');
    let context = entry.contexts.get(key);
    if (context === undefined) {
      context = createSecureContext({
        cert: entry.certPem,
        key: entry.keyPem,
        ...(ca === undefined ? {} : { ca: [...ca] }),
        ...tlsVersions,
      });
      entry.contexts.set(key, context);
    }
    return context;
  }

  /** What `contextFor` takes for this name. */
  certificateFor(serverName: string | undefined): CertificatePem {
    return this.#entryFor(serverName);
  }

  /** Takes these instead of those that it has. Throws an Error that says what is wrong with which; then the old ones stay. */
  replace(certificates: readonly CertificatePem[]): void {
    this.#take(readAll(numbered(certificates)));
  }

  /** Reads the files again. Returns what is wrong with them, in a sentence; then the old certificates stay. */
  async reload(): Promise<string | undefined> {
    if (this.#files.length === 0) return undefined;
    try {
      this.#take(readAll(await readFiles(this.#files)));
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** When each of them ends, by the first name that it has, in seconds since the epoch. */
  get ends(): ReadonlyMap<string, number> {
    return new Map(this.#entries.map(({ names, notAfterSec }) => [names[0] ?? '', notAfterSec]));
  }

  /** Calls back after each change, until the function returned is called. */
  onChange(changed: () => void): () => void {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  }

  /** Looks at the files no more. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #watch({ report, everyMs = defaultWatchMs }: CertificateWatch): void {
    this.#timer = setInterval(() => {
      void this.#reloadIfChanged().then((problem) => {
        if (problem !== undefined) report(problem);
      });
    }, everyMs);
    this.#timer.unref();
  }

  async #reloadIfChanged(): Promise<string | undefined> {
    // Looked at before reading: what changes meanwhile is seen the next time.
    const seen = await fingerprint(this.#files);
    if (seen === this.#seen) return undefined;
    this.#seen = seen;
    return this.reload();
  }

  #take(entries: readonly [Entry, ...Entry[]]): void {
    this.#entries = entries;
    for (const changed of this.#changed) changed();
  }

  #entryFor(serverName: string | undefined): Entry {
    if (serverName === undefined || this.#entries.length === 1) return this.#entries[0];
    const name = serverName.toLowerCase().replace(/\.$/, '');
    const parent = `*${name.slice(Math.max(0, name.indexOf('.')))}`;
    const named = (wanted: string) => this.#entries.find((entry) => entry.names.includes(wanted));
    return named(name) ?? named(parent) ?? this.#entries[0];
  }
}

/** RFC 8996: nothing below 1.2. */
export const tlsVersions = { minVersion: 'TLSv1.2' } as const;

interface NamedPem {
  readonly pem: CertificatePem;
  /** What to call it to a person. */
  readonly name: string;
}

function numbered(certificates: readonly CertificatePem[]): readonly NamedPem[] {
  return certificates.map((pem, at) => ({ pem, name: `certificate ${at + 1}` }));
}

async function readFiles(files: readonly CertificateFiles[]): Promise<readonly NamedPem[]> {
  return Promise.all(
    files.map(async ({ cert, key }) => {
      const [certPem, keyPem] = await Promise.all([readFile(cert, 'utf8'), readFile(key, 'utf8')]);
      return { pem: { certPem, keyPem }, name: `${cert} with the key ${key}` };
    }),
  );
}

function readAll(certificates: readonly NamedPem[]): readonly [Entry, ...Entry[]] {
  const [first, ...others] = certificates.map(read);
  if (first === undefined) throw new Error('TLS needs at least one certificate');
  return [first, ...others];
}

function read({ pem, name }: NamedPem): Entry {
  try {
    const context = createSecureContext({ cert: pem.certPem, key: pem.keyPem, ...tlsVersions });
    const certificate = new X509Certificate(pem.certPem);
    const names = certificateNames(certificate).map((text) => text.replace(/^sip:/, ''));
    const notAfterSec = certificate.validToDate.getTime() / 1_000;
    return { ...pem, names, notAfterSec, contexts: new Map([['', context]]) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${name} can't be used: ${why}`, { cause: error });
  }
}

/** Changes when a file does; '' for what isn't there. */
async function fingerprint(files: readonly CertificateFiles[]): Promise<string> {
  const stats = files
    .flatMap(({ cert, key }) => [cert, key])
    .map((path) =>
      stat(path).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => '',
      ),
    );
  return (await Promise.all(stats)).join('\n');
}
