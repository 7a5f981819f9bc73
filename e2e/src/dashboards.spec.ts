import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Dashboard, dashboardJson, dashboards } from '../../deploy/observability/grafana/src/index.js';

const folder = fileURLToPath(new URL('../../deploy/observability/grafana/dashboards/', import.meta.url));
const gridColumns = 24;

interface Placed {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

const panelsOf = (dashboard: Dashboard) => (dashboardJson(dashboard) as { readonly panels: readonly Placed[] }).panels;

function overlap(a: Placed, b: Placed): boolean {
  const [p, q] = [a.gridPos, b.gridPos];
  return p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h;
}

describe.each(Object.entries(dashboards))('the dashboard %s', (name, dashboard) => {
  // `vitest run --config e2e/vitest.config.ts dashboards -u` writes the files anew.
  it('is in the file that Grafana reads', async () => {
    await expect(`${JSON.stringify(dashboardJson(dashboard), null, 2)}\n`).toMatchFileSnapshot(`${folder}${name}.json`);
  });

  it('has its panels beside each other, each with an id of its own', () => {
    const panels = panelsOf(dashboard);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const tooWide = panels.filter(({ gridPos }) => gridPos.x + gridPos.w > gridColumns);
    const covered = panels.filter((panel, at) => panels.slice(at + 1).some((other) => overlap(panel, other)));
    expect([...tooWide, ...covered].map(({ title }) => title)).toEqual([]);
  });

  it('names what it shows: titles once a row, and every variable is used', () => {
    const queries = dashboard.rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));
    for (const { panels } of dashboard.rows) {
      const titles = panels.map((panel) => panel.title);
      expect([...new Set(titles)]).toEqual(titles);
    }
    for (const variable of dashboard.variables)
      expect(queries.some(({ expr }) => expr.includes(`$${variable.name}`))).toBe(true);
  });
});

it('has a name of its own for each dashboard', () => {
  expect(new Set(Object.values(dashboards).map(({ uid }) => uid)).size).toBe(Object.keys(dashboards).length);
});
