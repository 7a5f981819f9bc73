import type { Registry } from 'prom-client';

/** How metrics are written: Prometheus's text format 0.0.4, or OpenMetrics 1.0, which has exemplars. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

export const expositionTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

type Labels = Readonly<Record<string, string | number>>;

interface Sample {
  readonly metricName?: string;
  readonly labels?: Labels;
  readonly value: number;
  readonly exemplar?: { readonly labelSet: Labels; readonly value: number; readonly timestamp: number } | null;
}

interface Family {
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

/** The format that an Accept header prefers (RFC 9110 §12.5.1): OpenMetrics where it is asked for at least as much as plain text. */
export function acceptedFormat(accept: string | undefined): ExpositionFormat {
  let openmetrics = 0;
  let prometheus = 0;
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const valueOf = (name: string) => parameters.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
    const quality = Number(valueOf('q') ?? 1);
    const version = valueOf('version');
    if (Number.isNaN(quality)) continue;
    if (type === 'application/openmetrics-text' && (version ?? '1.0.0') === '1.0.0')
      openmetrics = Math.max(openmetrics, quality);
    else if (type === 'text/plain') prometheus = Math.max(prometheus, quality);
  }
  return openmetrics > 0 && openmetrics >= prometheus ? 'openmetrics' : 'prometheus';
}

/** The text of several registries as one exposition: each metric once, with the samples of all. */
export async function mergedMetrics(
  registries: readonly Registry[],
  format: ExpositionFormat = 'prometheus',
): Promise<string> {
  const families = new Map<string, Family>();
  for (const registry of registries) {
    for (const { name, help, type, values } of (await registry.getMetricsAsJSON()) as unknown as readonly {
      readonly name: string;
      readonly help: string;
      readonly type: string;
      readonly values: readonly Sample[];
    }[]) {
      const family = families.get(name);
      if (family === undefined) families.set(name, { help, type: String(type), samples: [...values] });
      else family.samples.push(...values);
    }
  }
  const written = [...families].map(([name, family]) => writeFamily(name, family, format));
  return format === 'openmetrics' ? `${written.join('')}# EOF\n` : written.join('\n');
}

function writeFamily(name: string, { help, type, samples }: Family, format: ExpositionFormat): string {
  const isOpenMetrics = format === 'openmetrics';
  // In OpenMetrics a counter is named without the ending that its samples have.
  const isCounter = isOpenMetrics && type === 'counter';
  const family = isCounter ? name.replace(/_total$/, '') : name;
  const lines = [`# HELP ${family} ${escaped(help, isOpenMetrics)}`, `# TYPE ${family} ${type}`];
  for (const { metricName, labels = {}, value, exemplar } of samples) {
    const sample = isCounter ? `${family}_total` : (metricName ?? name);
    const line = `${sample}${written(labels)} ${number(value)}`;
    if (!isOpenMetrics || exemplar === undefined || exemplar === null) lines.push(line);
    else
      lines.push(`${line} # ${written(exemplar.labelSet)} ${number(exemplar.value)} ${exemplar.timestamp.toFixed(3)}`);
  }
  return `${lines.join('\n')}\n`;
}

function written(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value), true)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string, isQuoted: boolean): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return isQuoted ? plain.replaceAll('"', '\\"') : plain;
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
