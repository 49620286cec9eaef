import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { Caller } from '../support/caller.js';
import { scrape, type Scrape } from '../support/scrape.js';
import { useServices } from '../support/use-service.js';

const { start } = useServices();

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string };
}
interface Panel {
  id: number;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; datasource: { uid: string } }[];
}
interface Dashboard {
  title: string;
  templating: { list: { name: string }[] };
  panels: Panel[];
}

const { groups } = parse(readFileSync('deploy/prometheus/alerts.yaml', 'utf8')) as {
  groups: { rules: Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readFileSync('deploy/grafana/dashboard.json', 'utf8')) as Dashboard;
const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
const expressions = [...rules, ...targets].map(({ expr }) => expr);
let seen: Scrape;

beforeAll(async () => {
  const {
    service: { url },
  } = await start({});
  const caller = new Caller(url);
  await caller.chat(await caller.create(), 'Q', { accept: 'text/event-stream' });
  seen = await scrape(url);
});

/** The metrics that an expression is about; `up` is Prometheus's own. */
function metricsIn(expression: string): string[] {
  const names = expression.match(/\b(alice|process|nodejs)_\w+|\b\w+(?=\{)/g) ?? [];
  return names.filter((name) => name !== 'up');
}

function familyOf(name: string): string {
  return seen.types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
}

describe('the dashboard and the alert rules', () => {
  it('ask for nothing that the service does not expose', () => {
    const asked = expressions.flatMap(metricsIn).map(familyOf);
    expect(asked.length).toBeGreaterThan(40);
    expect([...seen.types.keys()]).toEqual(expect.arrayContaining(asked));
  });

  it('ask for counters by their rate, and for quantiles of histograms only', () => {
    for (const expression of expressions) {
      for (const [, name] of expression.matchAll(/(?:rate|increase)\((\w+)/g)) {
        expect([name, seen.types.get(familyOf(name!))]).not.toEqual([name, 'gauge']);
      }
      for (const [, name] of expression.matchAll(/rate\((\w+)_bucket/g)) {
        expect([name, seen.types.get(name!)]).toEqual([name, 'histogram']);
      }
    }
  });

  it('group and choose by labels that there are', () => {
    const ofPrometheus = ['job', 'instance'];
    const known = [...seen.values.keys()].flatMap((series) => series.match(/\w+(?==")/g) ?? []);
    for (const expression of expressions) {
      const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels]) =>
        labels!.split(',').map((label) => label.trim()),
      );
      const chosen = expression.match(/\w+(?=(=|!=|=~|!~)")/g) ?? [];
      for (const label of [...grouped, ...chosen]) {
        expect([...ofPrometheus, 'limit', ...known]).toContain(label);
      }
    }
  });

  it('leave out nothing that the service exposes', () => {
    const asked = new Set(expressions.flatMap(metricsIn).map(familyOf));
    expect([...seen.types.keys()].filter((name) => !asked.has(name))).toEqual([]);
  });
});

describe('the alert rules', () => {
  it('have names of their own, a severity and a sentence', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Alice[A-Z]\w+$/);
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\w/);
    }
  });

  it('are all explained in the documentation', () => {
    const text = readFileSync('docs/operations/alerts.md', 'utf8');
    const names = rules.map(({ alert }) => alert);
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('asks the data source that is chosen when it is imported', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual([
      'datasource',
      'job',
      'instance',
    ]);
    for (const { datasource } of targets) expect(datasource.uid).toBe('${datasource}');
  });

  it('has panels with ids of their own that do not lie on each other', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from(
        { length: w * h },
        (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`,
      );
    });
    expect(new Set(cells).size).toBe(cells.length);
  });
});
