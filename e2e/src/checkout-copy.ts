import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutRoot } from '@ringdown/testbed';

/** Belongs to one checkout and is made anew in another. */
const notCopied = new Set(['node_modules', '.git', '.nx', '.reports', '.ringdown']);

/** An installed checkout of its own, in which tests may build, and whose parent folder they may close. */
export interface CheckoutCopy {
  readonly path: string;
  /** Sets the mode of the folder that the checkout lies in. */
  setParentMode(mode: number): void;
  /** Forgets what was built, as after a clone. */
  unbuild(): void;
  remove(): void;
}

/** Copies this checkout as it stands. Dependencies, which nothing writes to, are hard links where the file systems allow it. */
export function copyCheckout(): CheckoutCopy {
  const parent = mkdtempSync(join(tmpdir(), 'ringdown-e2e-checkout-'));
  const path = join(parent, 'ringdown');
  const modules = join(path, 'node_modules');
  mkdirSync(path);
  try {
    execFileSync('cp', ['-al', join(checkoutRoot, 'node_modules'), modules], { stdio: 'ignore' });
  } catch {
    rmSync(modules, { recursive: true, force: true });
    execFileSync('cp', ['-a', join(checkoutRoot, 'node_modules'), modules]);
  }
  const sources = readdirSync(checkoutRoot).filter((name) => !notCopied.has(name));
  execFileSync('cp', ['-a', ...sources.map((name) => join(checkoutRoot, name)), path]);
  // These two are written by the scripts: the copy gets files of its own, and counts as installed.
  for (const name of ['.installed-lock', '.build-output']) rmSync(join(modules, name), { force: true });
  const sum = execFileSync('sh', ['-c', 'cksum <package-lock.json'], { cwd: path });
  writeFileSync(join(modules, '.installed-lock'), sum);
  return {
    path,
    setParentMode: (mode) => chmodSync(parent, mode),
    unbuild: () => {
      rmSync(join(path, '.nx'), { recursive: true, force: true });
      for (const group of ['libs', 'services'])
        for (const name of readdirSync(join(path, group)))
          rmSync(join(path, group, name, 'dist'), { recursive: true, force: true });
      rmSync(join(path, 'starter', 'dist'), { recursive: true, force: true });
    },
    remove: () => rmSync(parent, { recursive: true, force: true, maxRetries: 5 }),
  };
}
