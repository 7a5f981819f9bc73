/** What a value is, in Grafana's names. */
export type Unit = 'short' | 's' | 'percentunit' | 'ops' | 'reqps' | 'bytes' | 'none';

export interface Query {
  /** PromQL; `$__rate_interval` and the dashboard's variables stand for what Grafana puts there. */
  readonly expr: string;
  /** How a series is named, with its labels in double braces. */
  readonly legend: string;
  /** Shows the traces of single observations, for histograms that have them. */
  readonly exemplars?: true;
}

export interface Panel {
  readonly title: string;
  readonly description?: string;
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of the 24 columns; 8 where it isn't given. */
  readonly width?: number;
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** The metric and the label whose values are to be chosen from. */
  readonly of: { readonly metric: string; readonly label: string };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

const datasource = { type: 'prometheus', uid: 'prometheus' } as const;
const panelHeight = 8;
const columns = 24;

/** The dashboard as Grafana's provisioning reads it (schema 39, Grafana 11). */
export function dashboardJson({ uid, title, description, variables, rows }: Dashboard): object {
  const panels: object[] = [];
  let y = 0;
  const nextId = (): number => panels.length + 1;
  for (const row of rows) {
    panels.push({
      id: nextId(),
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: columns, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const panel of row.panels) {
      const w = panel.width ?? 8;
      if (x + w > columns) {
        x = 0;
        y += panelHeight;
      }
      panels.push(panelJson(panel, nextId(), { x, y, w, h: panelHeight }));
      x += w;
    }
    y += panelHeight;
  }
  return {
    uid,
    title,
    description,
    tags: ['ringdown'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    links: [
      {
        type: 'dashboards',
        title: 'Ringdown',
        tags: ['ringdown'],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        icon: 'external link',
      },
    ],
    annotations: {
      list: [
        {
          name: 'Alerts',
          datasource,
          enable: true,
          iconColor: 'red',
          expr: 'ALERTS{alertname=~"Ringdown.+",alertstate="firing"}',
          titleFormat: '{{alertname}}',
        },
      ],
    },
    templating: { list: variables.map(variableJson) },
    panels,
  };
}

function variableJson({ name, label, of }: Variable): object {
  const query = `label_values(${of.metric}, ${of.label})`;
  return {
    name,
    label,
    type: 'query',
    datasource,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  };
}

function panelJson({ title, description, kind, unit, queries }: Panel, id: number, gridPos: object): object {
  return {
    id,
    type: kind,
    title,
    ...(description === undefined ? {} : { description }),
    datasource,
    gridPos,
    targets: queries.map(({ expr, legend, exemplars }, index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource,
      expr,
      legendFormat: legend,
      ...(kind === 'timeseries' ? { range: true } : { instant: true, range: false }),
      ...(kind === 'table' ? { format: 'table' } : {}),
      ...(exemplars === true ? { exemplar: true } : {}),
    })),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(kind === 'timeseries' ? { custom: { fillOpacity: 10, showPoints: 'never' } } : {}),
      },
      overrides: [],
    },
    options: optionsOf[kind],
  };
}

const optionsOf: Readonly<Record<Panel['kind'], object>> = {
  timeseries: {
    legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' },
  table: { showHeader: true },
};
