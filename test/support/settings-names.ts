import { readFileSync } from 'node:fs';

/** Every setting that `.env.example` documents. */
export function settingsNames(): Set<string> {
  const text = readFileSync('.env.example', 'utf8');
  return new Set([...text.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name!));
}
