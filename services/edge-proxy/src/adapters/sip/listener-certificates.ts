import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateSource, ServiceError, type SipListener } from '@ringdown/platform';
import { type CertificateFiles, type ClientCertificates, ServerCertificates } from '@ringdown/sip-transport';

export interface ListenerCertificatesOptions {
  /** For listeners without their own; undefined: there are none. */
  readonly sources: readonly CertificateSource[] | undefined;
  /** PEM file of the authorities of servers that are connected to; undefined: those that Node.js knows. */
  readonly caPath: string | undefined;
  /** Told what is wrong with files that have changed, in a sentence; what was loaded before goes on. */
  readonly report: (problem: string) => void;
  readonly watchEveryMs?: number;
}

const certificatesSetting = 'RINGDOWN_TLS_CERTIFICATES';
const listenersSetting = 'RINGDOWN_SIP_LISTENERS';
const caSetting = 'RINGDOWN_TLS_CA';

/** The certificates of an edge's listeners. Files are read once, however many listeners have them, and again when they change. */
export class ListenerCertificates {
  readonly #options: ListenerCertificatesOptions;
  readonly #loaded = new Map<string, ServerCertificates>();

  constructor(options: ListenerCertificatesOptions) {
    this.#options = options;
  }

  /** What a listener shows. Rejects with a ServiceError that names the setting where it can't be had. */
  async of({ transport, certificates: own }: SipListener): Promise<ServerCertificates> {
    const sources = own ?? this.#options.sources;
    if (sources === undefined)
      throw unusable(`SIP over ${transport} needs a certificate. Set ${certificatesSetting}.`, certificatesSetting);
    const key = JSON.stringify(sources);
    const loaded = this.#loaded.get(key);
    if (loaded !== undefined) return loaded;
    const setting = own === undefined ? certificatesSetting : listenersSetting;
    const { report, watchEveryMs } = this.#options;
    const watch = watchEveryMs === undefined ? { report } : { report, everyMs: watchEveryMs };
    const certificates = await told(setting, async () => ServerCertificates.load(await filesOf(sources), watch));
    this.#loaded.set(key, certificates);
    return certificates;
  }

  /** Whose client certificates a listener takes; undefined where it asks for none. */
  async clientsOf({ clientCaPath, clientRequired }: SipListener): Promise<ClientCertificates | undefined> {
    if (clientCaPath === undefined) return undefined;
    const ca = await told(listenersSetting, () => readFile(clientCaPath, 'utf8'));
    return { ca: [ca], required: clientRequired };
  }

  /** The authorities of servers that are connected to; undefined: those that Node.js knows. */
  async serverAuthorities(): Promise<readonly string[] | undefined> {
    const { caPath } = this.#options;
    return caPath === undefined ? undefined : [await told(caSetting, () => readFile(caPath, 'utf8'))];
  }

  /** When each certificate ends, by the first name that it has, in seconds since the epoch. */
  get ends(): ReadonlyMap<string, number> {
    return new Map([...this.#loaded.values()].flatMap((certificates) => [...certificates.ends]));
  }

  close(): void {
    for (const certificates of this.#loaded.values()) certificates.close();
  }
}

/** The files of all sources; of a folder each `name.key` with `name.crt` or `name.pem`, by name. */
async function filesOf(sources: readonly CertificateSource[]): Promise<readonly CertificateFiles[]> {
  const files: CertificateFiles[] = [];
  for (const source of sources) {
    if (source.kind === 'pair') files.push({ cert: source.certificatePath, key: source.keyPath });
    else files.push(...(await pairsIn(source.path)));
  }
  return files;
}

async function pairsIn(folder: string): Promise<readonly CertificateFiles[]> {
  if (!(await stat(folder)).isDirectory())
    throw new Error(`${folder} is no folder; a certificate is given with its key, as cert:key`);
  const names = (await readdir(folder)).sort();
  const pairs: CertificateFiles[] = [];
  for (const key of names.filter((name) => name.endsWith('.key'))) {
    const stem = key.slice(0, -'.key'.length);
    const cert = [`${stem}.crt`, `${stem}.pem`].find((name) => names.includes(name));
    if (cert !== undefined) pairs.push({ cert: join(folder, cert), key: join(folder, key) });
  }
  if (pairs.length === 0) throw new Error(`${folder} holds no name.crt or name.pem with a name.key`);
  return pairs;
}

async function told<T>(setting: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw unusable(
      `${setting} can't be used: ${error instanceof Error ? error.message : String(error)}.`,
      setting,
      error,
    );
  }
}

function unusable(message: string, setting: string, cause?: unknown): ServiceError {
  return new ServiceError('invalid', message, { setting }, cause);
}
