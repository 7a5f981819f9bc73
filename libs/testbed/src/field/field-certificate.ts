import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSelfSignedCertificate } from '@ringdown/platform';

/** A certificate that all edges of a field have, in files. */
export class FieldCertificate {
  /** For clients that are to trust it. */
  readonly certificatePem: string;
  readonly certificatePath: string;
  readonly #folder: string;
  readonly #keyPath: string;

  /** For these names and addresses, self-signed. */
  static async make(names: readonly [string, ...string[]]): Promise<FieldCertificate> {
    const { certPem, keyPem } = await makeSelfSignedCertificate({ names, days: 2 });
    return new FieldCertificate(certPem, keyPem);
  }

  private constructor(certPem: string, keyPem: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'ringdown-certificate-'));
    this.certificatePem = certPem;
    this.certificatePath = join(this.#folder, 'edge.crt');
    this.#keyPath = join(this.#folder, 'edge.key');
    writeFileSync(this.certificatePath, certPem);
    writeFileSync(this.#keyPath, keyPem, { mode: 0o600 });
  }

  /** As RINGDOWN_TLS_CERTIFICATES. */
  get setting(): string {
    return `${this.certificatePath}:${this.#keyPath}`;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
