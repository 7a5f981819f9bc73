import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { cpuMicrosBetween, cpuTimeOf, ownCpuTimeOf } from './cpu-time.js';

it('counts a process, what it has started, and what of that has ended', { timeout: 30_000 }, async () => {
  const spin = 'const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);';
  const script = `
    const { spawn, spawnSync } = require('node:child_process');
    spawnSync(process.execPath, ['-e', ${JSON.stringify(spin)}]);
    spawn(process.execPath, ['-e', ${JSON.stringify(`${spin} console.log('done'); setInterval(() => {}, 1_000);`)}], { stdio: 'inherit' });
  `;
  const before = { userMicros: 0, systemMicros: 0 };
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'));
  await once(child.stdout, 'data');
  const all = cpuMicrosBetween(before, cpuTimeOf(child.pid ?? -1));
  const own = cpuMicrosBetween(before, ownCpuTimeOf(child.pid ?? -1) ?? before);
  // 300 ms in the child that has ended, and 300 ms in the one that lives; the process itself has only started them.
  expect(all - own).toBeGreaterThan(600_000);
});
