import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

it('the page of clients names those that are tried, in their versions', () => {
  const { dependencies } = JSON.parse(read('test/clients/package.json')) as {
    dependencies: Record<string, string>;
  };
  const { node, zod, ...clients } = dependencies;
  const page = read('docs/clients.md');
  expect(Object.keys(clients).length).toBeGreaterThan(5);
  for (const [name, wanted] of Object.entries(clients)) {
    const [, version = ''] = /(\d+\.\d+\.\d+)$/.exec(wanted) ?? [];
    expect([name, page.includes(version)]).toEqual([name, version !== '']);
  }
  const { dependencies: own } = JSON.parse(read('package.json')) as {
    dependencies: { openai: string };
  };
  expect(page).toContain(`openai ${own.openai}`);
});
