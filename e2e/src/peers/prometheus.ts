import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, checkoutRoot, freePorts, startChild } from '@ringdown/testbed';

const rulesFolder = join(checkoutRoot, 'deploy', 'observability', 'prometheus', 'rules');

/** One series of an answer: its labels, and its value now. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [atSec: number, value: string];
}

export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

/** What is scraped: `host:port` by job. */
export type Targets = Readonly<Record<string, readonly string[]>>;

/** Debian's Prometheus with the project's rules. It scrapes and evaluates each second, and alerts fire after a second. */
export class Prometheus {
  private constructor(
    private readonly child: Child,
    private readonly folder: string,
    private readonly url: string,
  ) {}

  static async start(targets: Targets): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-prometheus-'));
    mkdirSync(join(folder, 'rules'));
    for (const name of readdirSync(rulesFolder)) {
      const rules = readFileSync(join(rulesFolder, name), 'utf8');
      writeFileSync(join(folder, 'rules', name), rules.replaceAll(/^( +for: )\w+$/gm, '$11s'));
    }
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ['rules/*.yml'],
      storage: { exemplars: { max_exemplars: 10_000 } },
      scrape_configs: Object.entries(targets).map(([job, addresses]) => ({
        job_name: job,
        static_configs: [{ targets: addresses }],
      })),
    };
    // YAML takes JSON.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const address = `127.0.0.1:${await freePorts(1)}`;
    const child = startChild('prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ]);
    const prometheus = new Prometheus(child, folder, `http://${address}`);
    try {
      await prometheus.#ready();
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
    return prometheus;
  }

  /** The value of an expression now. Throws with Prometheus's words for one that it doesn't understand. */
  async query(expr: string): Promise<readonly Series[]> {
    const { result } = await this.#get<{ readonly result: readonly Series[] }>('query', { query: expr });
    return result;
  }

  async alerts(): Promise<readonly FiringAlert[]> {
    const { alerts } = await this.#get<{ readonly alerts: readonly FiringAlert[] }>('alerts', {});
    return alerts.filter(({ state }) => state === 'firing');
  }

  /** The trace ids of the exemplars that a selector has of the last minute. */
  async exemplarTraces(selector: string): Promise<readonly string[]> {
    const end = Date.now() / 1_000;
    const range = { start: String(end - 60), end: String(end) };
    const series = await this.#get<
      readonly { readonly exemplars: readonly { readonly labels: { trace_id?: string } }[] }[]
    >('query_exemplars', { query: selector, ...range });
    return series.flatMap(({ exemplars }) => exemplars.flatMap(({ labels }) => labels.trace_id ?? []));
  }

  /** What each target that could not be scraped said. */
  async scrapeErrors(): Promise<readonly string[]> {
    const { activeTargets } = await this.#get<{
      readonly activeTargets: readonly { readonly scrapeUrl: string; readonly lastError: string }[];
    }>('targets', { state: 'active' });
    return activeTargets
      .filter(({ lastError }) => lastError !== '')
      .map((each) => `${each.scrapeUrl}: ${each.lastError}`);
  }

  async stop(): Promise<void> {
    await this.child.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #get<Data>(path: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
    const answer = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { data, error } = (await answer.json()) as { readonly data: Data; readonly error?: string };
    if (error !== undefined) throw new Error(`Prometheus on ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const answer = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      if (answer?.ok === true) return;
      if (performance.now() > deadline) throw new Error(`Prometheus is not ready; it printed:\n${this.child.output()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
