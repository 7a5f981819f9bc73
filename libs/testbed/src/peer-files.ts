import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '@ringdown/testkit';

const services = [
  'edge-proxy',
  'registrar',
  'redirect',
  'location',
  'directory',
  'conference-focus',
  'accounting',
] as const;

/** A certificate for each service, of an authority of their own, in files. */
export class PeerFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ringdown-peers-'));

  private constructor() {}

  static async create(): Promise<PeerFiles> {
    const files = new PeerFiles();
    const authority = await CertificateAuthority.create();
    writeFileSync(join(files.#folder, 'ca.crt'), authority.certPem);
    for (const service of services) {
      const issued = await authority.issue([`spiffe://testbed/ringdown/${service}`]);
      writeFileSync(join(files.#folder, `${service}.crt`), issued.certPem);
      writeFileSync(join(files.#folder, `${service}.key`), issued.keyPem, { mode: 0o600 });
    }
    return files;
  }

  /** The settings that make a service use its certificate. */
  settings(service: string): Readonly<Record<string, string>> {
    return {
      RINGDOWN_PEER_CERTIFICATE: join(this.#folder, `${service}.crt`),
      RINGDOWN_PEER_KEY: join(this.#folder, `${service}.key`),
      RINGDOWN_PEER_CA: join(this.#folder, 'ca.crt'),
    };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
