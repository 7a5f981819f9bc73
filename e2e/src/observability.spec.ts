import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callTrace } from '@ringdown/platform';
import {
  canRunWith,
  checkoutRoot,
  freePorts,
  type ServiceProcess,
  ServicesApart,
  Sipp,
  sippRow,
} from '@ringdown/testbed';
import { startRtpengine, type TestRtpengine } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboards } from '../../deploy/observability/grafana/src/index.js';
import { metricsPage } from './peers/metrics-page.js';
import { OtlpReceiver } from './peers/otlp-receiver.js';
import { Prometheus } from './peers/prometheus.js';

const tenant = {
  tenantId: 'watched',
  domain: 'watched.test',
  digestAlgorithms: ['MD5'],
  mediaRelay: 'always',
} as const;
const traceKey = 'trace-key-of-the-tests';
const callIdPrefix = 'watched-';
const callsPerSec = 3;
const trafficSec = 12;

/** Queries of dashboards that rightly give nothing here, by dashboard, panel and legend. */
const rightlyEmpty: Readonly<Record<string, string>> = {
  'conference / Joins a second / refused: {{reason}}': 'nobody is refused',
  'edge / Leaving / {{instance}} {{stage}}': 'no edge leaves',
  'platform / Not ready / {{instance}} {{check}}': 'all are ready',
};

/** Metrics of alerts that there are none of here. */
const rightlyMissing: Readonly<Record<string, string>> = {
  ringdown_peer_certificate_not_after_seconds: 'services on loopback need no certificates',
};

/** Alerts that a machine which has much else to do may give. */
const ofBusyMachines = new Set([
  'RingdownEventLoopBusy',
  'RingdownEventLoopStalls',
  'RingdownMixerLate',
  'RingdownPostDialDelay',
]);

let receiver: OtlpReceiver;
let relay: TestRtpengine;
let apart: ServicesApart;
let prometheus: Prometheus;
const traffic: Sipp[] = [];

/** As Grafana fills in what stands for an interval or a variable. */
function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '30s').replaceAll('$__range', '1m').replaceAll(/\$\w+/g, '.*');
}

function rulesOf(file: string): string {
  return readFileSync(join(checkoutRoot, 'deploy', 'observability', 'prometheus', 'rules', file), 'utf8');
}

function expositionOf({ http }: ServiceProcess): Promise<string> {
  return fetch(`http://${http}/metrics`).then((answer) => answer.text());
}

/** What happens beside calls: an operator looks at conferences, and somebody sends what is no SIP message. */
async function disturb(): Promise<void> {
  await apart.conferences(0).conferencesUnderWay(tenant.tenantId);
  const [host = '', port = ''] = apart.sip(0).split(':');
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send('INVITE sip:nobody SIP/2.0\r\n\r\n', Number(port), host, resolve));
  socket.close();
}

function playTraffic(port: number): void {
  const [anna, carl] = ['anna', 'carl'].map((name) => (target: string) => [
    sippRow(name, `${name}-secret`, tenant.domain, target),
  ]);
  traffic.push(
    Sipp.start({ scenario: 'callee.xml', proxy: apart.sip(1), port }),
    Sipp.start({
      scenario: 'phone.xml',
      proxy: apart.sip(0),
      rows: anna?.('ben') ?? [],
      port: 'one-for-each-call',
      callsPerSec,
      calls: callsPerSec * trafficSec,
      talkMs: 500,
      callIdPrefix,
    }),
    Sipp.start({
      scenario: 'phone.xml',
      proxy: apart.sip(0),
      rows: carl?.('room') ?? [],
      port: 'one-for-each-call',
      callsPerSec: 1,
      calls: trafficSec,
      talkMs: 300,
    }),
  );
}

describe.runIf(canRunWith('prometheus', 'promtool', 'nats-server', 'rtpengine', 'sipp'))(
  'a Prometheus beside the platform',
  () => {
    beforeAll(async () => {
      receiver = await OtlpReceiver.start();
      relay = await startRtpengine();
      apart = await ServicesApart.start({
        locations: 1,
        registrars: 1,
        edges: 2,
        focuses: 1,
        accountings: 1,
        environment: {
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
          RINGDOWN_TRACE_KEY: traceKey,
          RINGDOWN_TRACE_SAMPLING: '1',
          RINGDOWN_RTPENGINE_URLS: `1@${relay.ng}`,
        },
      });
      const targets: Record<string, string[]> = {};
      for (const { name, http } of apart.services) (targets[name] ??= []).push(http);
      prometheus = await Prometheus.start(targets);
      await apart.operator.putTenant(tenant);
      await apart.operator.importSubscribers(
        tenant.tenantId,
        ['anna', 'ben', 'carl'].map((name) => [name, `${name}-secret`]),
      );
      await apart.conferences(0).putRoom(tenant.tenantId, 'room');
      const port = await freePorts(1);
      const rows = [sippRow('ben', 'ben-secret', tenant.domain)];
      await Sipp.start({ scenario: 'register.xml', proxy: apart.sip(1), rows, port }).finished(10_000);
      playTraffic(port);
    }, 120_000);
    afterAll(async () => {
      await Promise.all(traffic.map((sipp) => sipp.stop()));
      await prometheus?.stop();
      await apart?.stop();
      await relay?.stop();
      await receiver?.close();
    });

    it('scrapes every process', async () => {
      await expect
        .poll(async () => (await prometheus.query('up == 1')).length, { timeout: 30_000 })
        .toBe(apart.services.length);
      expect(await prometheus.scrapeErrors()).toEqual([]);
    });

    it('has data for every query of every dashboard', async () => {
      const waiting = new Map<string, string>();
      for (const [name, { rows }] of Object.entries(dashboards)) {
        for (const { panels } of rows)
          for (const { title, queries } of panels)
            for (const { expr, legend } of queries) waiting.set(`${name} / ${title} / ${legend}`, filledIn(expr));
      }
      const total = waiting.size;
      const deadline = performance.now() + (trafficSec + 10) * 1_000;
      while (performance.now() < deadline && waiting.size > Object.keys(rightlyEmpty).length) {
        await disturb();
        for (const [panel, expr] of waiting) if ((await prometheus.query(expr)).length > 0) waiting.delete(panel);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(total).toBeGreaterThan(80);
      expect([...waiting.keys()].toSorted()).toEqual(Object.keys(rightlyEmpty).toSorted());
    });

    it('has a value for every recorded series, and every metric that an alert asks for', async () => {
      const recorded = [...rulesOf('recording.yml').matchAll(/^ +- record: (\S+)$/gm)].map(([, name = '']) => name);
      const alerting = [...rulesOf('alerts.yml').matchAll(/(?<![:\w])(?:ringdown|nodejs)_\w+(?![:\w])/g)].map(
        ([name]) => name,
      );
      const asked = [...new Set([...recorded, ...alerting])].filter((name) => !(name in rightlyMissing));
      expect(asked.length).toBeGreaterThan(25);
      const missing = async () => {
        const answers = await Promise.all(
          asked.map(async (name) => [name, (await prometheus.query(name)).length] as const),
        );
        return answers.filter(([, series]) => series === 0).map(([name]) => name);
      };
      await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
    });

    it('says in docs/metrics.md what processes have, and in their manner', async () => {
      const pages = await Promise.all(
        apart.services.map(async (service) => [service.name, await expositionOf(service)] as const),
      );
      await expect(metricsPage(pages)).toMatchFileSnapshot(join(checkoutRoot, 'docs', 'metrics.md'));
      const { stdout } = spawnSync('promtool', ['check', 'metrics'], {
        input: (await expositionOf(apart.edges[0] as ServiceProcess)).replaceAll(
          /^(?:# (?:HELP|TYPE) )?(?:nodejs|process)_.*\n/gm,
          '',
        ),
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
    });

    it('leads from a slow call to its trace', async () => {
      const call = callTrace(`${callIdPrefix}1@127.0.0.1`, 'INVITE', 2, { key: traceKey, sampling: 1 }).traceId;
      const traces = await prometheus.exemplarTraces('ringdown_call_post_dial_delay_seconds_bucket');
      expect(traces.length).toBeGreaterThan(0);
      // What was observed a moment ago is on its way to the collector.
      const isComplete = () => traces.every((id) => receiver.trace(id).some(({ name }) => name === 'INVITE proxied'));
      await receiver.until(isComplete);
      expect(isComplete()).toBe(true);
      await receiver.until(() => receiver.trace(call).length > 0);
      expect(receiver.trace(call).length).toBeGreaterThan(0);
    });

    it('fires no alert while all is well, and one when an edge is killed', async () => {
      const firing = async () => (await prometheus.alerts()).map(({ labels }) => labels['alertname']);
      const lost = apart.edges[1] as ServiceProcess;
      expect((await firing()).filter((name = '') => !ofBusyMachines.has(name))).toEqual([]);
      await lost.kill9();
      await expect.poll(firing, { timeout: 30_000 }).toContain('RingdownEdgeDown');
      const alert = (await prometheus.alerts()).find(({ labels }) => labels['alertname'] === 'RingdownEdgeDown');
      expect(alert).toMatchObject({
        labels: { instance: lost.http, job: 'edge-proxy', severity: 'critical' },
        annotations: { summary: `Edge ${lost.http} does not answer` },
      });
      await lost.restart();
      await expect.poll(firing, { timeout: 30_000 }).not.toContain('RingdownEdgeDown');
    });
  },
);
