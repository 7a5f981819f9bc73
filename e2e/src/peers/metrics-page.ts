/** One metric as an exposition describes it. */
interface Described {
  readonly type: string;
  readonly help: string;
  readonly services: Set<string>;
}

/** The page of all metrics, from the expositions of processes (text format 0.0.4) by the service that each runs. */
export function metricsPage(expositions: readonly (readonly [service: string, text: string])[]): string {
  const metrics = new Map<string, Described>();
  for (const [service, text] of expositions) {
    const helps = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => [name, help]));
    for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      const known = metrics.get(name);
      if (known === undefined) metrics.set(name, { type, help: helps.get(name) ?? '', services: new Set([service]) });
      else known.services.add(service);
    }
  }
  const everybody = new Set(expositions.map(([service]) => service)).size;
  const rows = [...metrics]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { type, help, services }]) => {
      const where = services.size === everybody ? 'all' : [...services].toSorted().join(', ');
      return `| \`${name}\` | ${type} | ${where} | ${help.replaceAll('|', '\\|').replaceAll('\\n', ' ')} |`;
    });
  const own = rows.filter((row) => row.startsWith('| `ringdown_'));
  const others = rows.filter((row) => !row.startsWith('| `ringdown_'));
  const head = '| metric | type | services | what it says |\n|---|---|---|---|';
  return `# Metrics

Every process serves its metrics over HTTP at \`/metrics\`: in Prometheus's text format, or in OpenMetrics, with exemplars, where it is asked for. Each metric of a
service has the label \`service\`. Counters begin with the process. Per-tenant series are bounded by \`RINGDOWN_METRICS_TENANTS\`. This page is what running processes
describe; \`vitest run --config e2e/vitest.long.config.ts observability -u\` writes it anew.
With certificates toward other services (\`RINGDOWN_PEER_CERTIFICATE\`) there is \`ringdown_peer_certificate_not_after_seconds\` as well, a gauge of when they end.

${head}
${own.join('\n')}

## Of the process

${head}
${others.join('\n')}
`;
}
