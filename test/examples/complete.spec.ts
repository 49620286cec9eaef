import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminVariables } from '../support/admin.js';
import { scrape } from '../support/scrape.js';
import { useService } from '../support/use-service.js';

const { service } = useService({ V1_LIST: 'true', ...adminVariables });

/** All pages, with one sign for whatever stands in for a part of a path. */
function pages(): string {
  const names = readdirSync('docs', { recursive: true }).map(String);
  const texts = names
    .filter((name) => name.endsWith('.md') && !name.startsWith('zh-CN'))
    .map((name) => readFileSync(join('docs', name), 'utf8'));
  return withoutNames(texts.join('\n'));
}

function withoutNames(text: string): string {
  return text.replaceAll(/\{\w+\}|<[\w ]+>|:\w+/g, '*');
}

describe('the pages', () => {
  it('have every path that the service documents', async () => {
    const document = await fetch(`${service.url}/openapi.json`);
    const { paths } = (await document.json()) as { paths: Record<string, unknown> };
    const text = pages();
    const known = Object.keys(paths).map(withoutNames);
    expect(known.length).toBeGreaterThan(30);
    // The page of `/chatgpt` names its paths by what comes after that.
    const missing = known.filter((path) => !text.includes(path.replace('/chatgpt/', '`')));
    expect(missing).toEqual([]);
  });

  it('have every metric', async () => {
    const { types } = await scrape(service.url);
    const text = readFileSync('docs/operations/metrics.md', 'utf8');
    const missing = [...types.keys()].filter((name) => !text.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});
