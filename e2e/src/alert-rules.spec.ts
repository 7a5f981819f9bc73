import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canRunWith, checkoutRoot } from '@ringdown/testbed';
import { describe, expect, it } from 'vitest';

const folder = join(checkoutRoot, 'deploy', 'observability', 'prometheus');
const rules = readFileSync(join(folder, 'rules', 'alerts.yml'), 'utf8');
const testFiles = readdirSync(join(folder, 'tests')).filter((name) => name.endsWith('.yml'));
const runbook = readFileSync(join(checkoutRoot, 'docs', 'operations', 'alerts.md'), 'utf8');
const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name);

/** What promtool says; throws with it when it isn't content. */
function promtool(...args: readonly string[]): string {
  return execFileSync('promtool', [...args], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('the alerts', () => {
  it('each have a test in which they fire', () => {
    const tests = testFiles.map((name) => readFileSync(join(folder, 'tests', name), 'utf8')).join('\n');
    const fired = new Set(
      [...tests.matchAll(/alertname: (\w+)\n(?:.*\n)*? +exp_alerts:\n +- exp_labels/g)].map(([, name]) => name),
    );
    expect(alerts.filter((name) => !fired.has(name))).toEqual([]);
  });

  it('each have a section of the runbook, and every section an alert', () => {
    const sections = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(sections.toSorted()).toEqual(alerts.toSorted());
    for (const name of alerts) expect(rules).toContain(`runbook: docs/operations/alerts.md#${name.toLowerCase()}`);
  });
});

describe.runIf(canRunWith('promtool'))('promtool', () => {
  it('can read configuration and rules', () => {
    expect(promtool('check', 'rules', 'rules/alerts.yml', 'rules/recording.yml')).toContain('SUCCESS');
    expect(promtool('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
  });

  it('can read what is scraped in a cluster; Debian builds it without the discovery of Kubernetes', () => {
    const discovery = /^ {4}kubernetes_sd_configs:\n(?: {6,}.*\n)+/m;
    const text = readFileSync(join(folder, 'kubernetes.yml'), 'utf8');
    expect(text).toMatch(discovery);
    const file = join(mkdtempSync(join(tmpdir(), 'ringdown-prometheus-')), 'kubernetes.yml');
    writeFileSync(file, text.replace(discovery, ''));
    expect(promtool('check', 'config', '--syntax-only', file)).toContain('SUCCESS');
    rmSync(dirname(file), { recursive: true });
  });

  it.each(testFiles)('finds the alerts of %s firing when they should, and only then', (name) => {
    expect(promtool('test', 'rules', join('tests', name))).toContain('SUCCESS');
  });

  it('would find a rule that is wrong', () => {
    expect(() => promtool('check', 'rules', join('tests', testFiles[0] ?? ''))).toThrow('FAILED');
  });
});
