import { Counter, Gauge, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { acceptedFormat, mergedMetrics } from './exposition.js';
import { createMetrics } from './metrics.js';
import { PlainHistogram, readHistogram, readSummary } from './plain-histogram.js';
import { readCounter } from './readings.js';

describe('which format an Accept header asks for', () => {
  it.each([
    [undefined, 'prometheus'],
    ['*/*', 'prometheus'],
    ['text/plain', 'prometheus'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text;version=0.0.1', 'prometheus'],
    ['application/openmetrics-text; version=1.0.0; q=0.3, text/plain; q=0.5', 'prometheus'],
    ['application/openmetrics-text;q=0', 'prometheus'],
    // As Prometheus 2.42 sends it.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
  ] as const)('%s', (accept, format) => {
    expect(acceptedFormat(accept)).toBe(format);
  });
});

function setUp() {
  const [edge, location] = [createMetrics('edge-proxy'), createMetrics('location')];
  for (const registry of [edge, location])
    new Counter({ name: 'calls_total', help: 'Calls', registers: [registry] }).inc(registry === edge ? 2 : 3);
  new Gauge({ name: 'text', help: 'A "quoted" \\ text', labelNames: ['what'], registers: [location] }).set(
    { what: 'a "b" \\\n' },
    Number.POSITIVE_INFINITY,
  );
  const delays = new PlainHistogram([0.1, 1]);
  delays.observe(0.1);
  delays.observe(0.5, '0af7651916cd43dd8448eb211c80319c');
  delays.observe(7);
  readHistogram(edge, { name: 'delay_seconds', help: 'Delay', read: () => [[{ kind: 'a' }, delays]] });
  readSummary(edge, { name: 'work_seconds', help: 'Work', read: () => ({ count: 4, sum: 2.5 }) });
  return [edge, location];
}

it('writes several registries as one text, in format 0.0.4', async () => {
  expect((await mergedMetrics(setUp())).split('\n').filter((line) => line !== '')).toEqual([
    '# HELP calls_total Calls',
    '# TYPE calls_total counter',
    'calls_total{service="edge-proxy"} 2',
    'calls_total{service="location"} 3',
    '# HELP delay_seconds Delay',
    '# TYPE delay_seconds histogram',
    'delay_seconds_bucket{kind="a",le="0.1",service="edge-proxy"} 1',
    'delay_seconds_bucket{kind="a",le="1",service="edge-proxy"} 2',
    'delay_seconds_bucket{kind="a",le="+Inf",service="edge-proxy"} 3',
    'delay_seconds_sum{kind="a",service="edge-proxy"} 7.6',
    'delay_seconds_count{kind="a",service="edge-proxy"} 3',
    '# HELP work_seconds Work',
    '# TYPE work_seconds summary',
    'work_seconds_sum{service="edge-proxy"} 2.5',
    'work_seconds_count{service="edge-proxy"} 4',
    '# HELP text A "quoted" \\\\ text',
    '# TYPE text gauge',
    'text{what="a \\"b\\" \\\\\\n",service="location"} +Inf',
  ]);
});

it('writes OpenMetrics: counters by their family, exemplars, and the end', async () => {
  const lines = (await mergedMetrics(setUp(), 'openmetrics')).split('\n');
  expect(lines.slice(0, 4)).toEqual([
    '# HELP calls Calls',
    '# TYPE calls counter',
    'calls_total{service="edge-proxy"} 2',
    'calls_total{service="location"} 3',
  ]);
  expect(lines.find((line) => line.includes('le="1"'))).toMatch(
    /^delay_seconds_bucket\{kind="a",le="1",service="edge-proxy"\} 2 # \{trace_id="0af7651916cd43dd8448eb211c80319c"\} 0\.5 \d+\.\d{3}$/,
  );
  expect(lines.find((line) => line.includes('le="0.1"'))).not.toContain('#');
  expect(lines.slice(-2)).toEqual(['# EOF', '']);
  expect(lines.slice(0, -1)).not.toContain('');
});

it('reads plain numbers at the scrape, without what is gone', async () => {
  const registry = new Registry();
  let counts: readonly (readonly [Record<string, string>, number])[] = [[{ code: 'a' }, 1]];
  readCounter(registry, { name: 'bad_total', help: 'Bad', read: () => counts });
  expect(await registry.metrics()).toContain('bad_total{code="a"} 1');
  counts = [[{ code: 'b' }, 5]];
  const text = await registry.metrics();
  expect(text).toContain('bad_total{code="b"} 5');
  expect(text).not.toContain('code="a"');
});
