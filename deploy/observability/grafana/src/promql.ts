import type { Query } from './dashboard.js';

/** The rate of a counter, summed by labels. */
export function rate(metric: string, selector = '', by: readonly string[] = []): string {
  const grouped = by.length === 0 ? 'sum' : `sum by (${by.join(', ')})`;
  return `${grouped} (rate(${metric}${selector === '' ? '' : `{${selector}}`}[$__rate_interval]))`;
}

/** Quantiles of a histogram, by labels, with the traces that explain them. */
export function quantiles(
  metric: string,
  selector: string,
  by: readonly string[],
  legend: string,
  shares = [0.5, 0.99],
): Query[] {
  const buckets = `${rate(`${metric}_bucket`, selector, ['le', ...by])} > 0`;
  return shares.map((share) => ({
    expr: `histogram_quantile(${share}, ${buckets})`,
    legend: `p${share * 100} ${legend}`.trim(),
    exemplars: true,
  }));
}

/** The share of one rate in another; nothing where there is nothing to share. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}
