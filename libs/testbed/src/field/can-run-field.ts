import { canRunWith } from '../can-run-with.js';

/**
 * Whether tests in a field can run: as root, with iproute2, nftables, haproxy, curl and nats-server. Where `CI` is `true` they run in any case
 * and fail there; elsewhere it says that they are skipped.
 */
export function canRunField(): boolean {
  const can = process.env['CI'] === 'true' || (process.getuid?.() === 0 && canRunWith(...programs));
  if (!can) process.stdout.write(`SKIPPED: a field of several hosts needs root and ${programs.join(', ')}\n`);
  return can;
}

const programs = ['ip', 'nft', 'haproxy', 'curl', 'nats-server'];
