import { X509Certificate } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { makeSelfSignedCertificate, type Settings, type SipListener } from '@ringdown/platform';
import { listenedHosts } from './exposure.js';
import { StartProblem } from './start-problem.js';

/** A certificate that this process has made for itself, since none was given. */
export interface SelfMade {
  /** The certificate alone, for phones to trust. */
  readonly path: string;
  /** Whether it was made now; otherwise an earlier start has. */
  readonly isNew: boolean;
}

export interface CertifiedSettings {
  readonly settings: Settings;
  /** undefined where certificates are given, or none is needed. */
  readonly selfMade: SelfMade | undefined;
}

const lifeDays = 730;
const renewDays = 60;
const dayMs = 86_400_000;

/**
 * Settings in which every listener with TLS has a certificate: the given ones, or one for all of its hosts and `names` that is kept in the folder
 * and made anew when it is near its end or lacks a name. Throws StartProblem when the folder can't be written.
 */
export async function withCertificate(
  settings: Settings,
  folder: string,
  names: readonly string[],
): Promise<CertifiedSettings> {
  const lacking = settings.sip.listeners.filter(lacksCertificate);
  if (settings.tls.certificates !== undefined || lacking.length === 0) return { settings, selfMade: undefined };
  // The key and the certificate are one file, so that nobody reads one of the old pair and one of the new.
  const pair = join(folder, 'sip-certificate.pem');
  const path = join(folder, 'sip-certificate.crt');
  const wanted = [...new Set([...listenedHosts(lacking), ...names])];
  try {
    mkdirSync(folder, { recursive: true });
    const isNew = await ensure(pair, wanted);
    writeFileSync(path, certificateIn(readFileSync(pair, 'utf8')));
    const certificates = [{ kind: 'pair', certificatePath: pair, keyPath: pair } as const];
    return { settings: { ...settings, tls: { ...settings.tls, certificates } }, selfMade: { path, isNew } };
  } catch (error) {
    throw new StartProblem(
      `A certificate for SIP over TLS can't be kept in ${folder} (${(error as Error).message}). Set RINGDOWN_TLS_CERTIFICATES to one of your own.`,
    );
  }
}

function lacksCertificate({ transport, certificates }: SipListener): boolean {
  return (transport === 'TLS' || transport === 'WSS') && certificates === undefined;
}

/** Whether it had to be made. */
async function ensure(file: string, names: readonly string[]): Promise<boolean> {
  const known = read(file);
  if (known !== undefined && serves(known, names)) return false;
  const [first = 'localhost', ...others] = names;
  const { certPem, keyPem } = await makeSelfSignedCertificate({ names: [first, ...others], days: lifeDays });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, certPem + keyPem, { mode: 0o600 });
  if (known !== undefined) {
    renameSync(draft, file);
    return true;
  }
  try {
    // Several services may start on one folder at the same time: who comes second takes the first one's.
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What a damaged file holds is made anew like what is at its end. */
function read(file: string): X509Certificate | 'damaged' | undefined {
  try {
    return new X509Certificate(readFileSync(file, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'damaged';
  }
}

function serves(known: X509Certificate | 'damaged', names: readonly string[]): boolean {
  if (known === 'damaged' || Date.parse(known.validTo) - Date.now() < renewDays * dayMs) return false;
  return names.every((name) => (isIP(name) === 0 ? known.checkHost(name) : known.checkIP(name)) !== undefined);
}

function certificateIn(pem: string): string {
  return pem.slice(0, pem.indexOf('-----BEGIN PRIVATE KEY-----'));
}
