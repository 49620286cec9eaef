import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Temporary folders of one run of the bench. */
export class WorkFolders {
  readonly data = mkdtempSync(join(tmpdir(), 'alice-bench-'));
  /** Inside node_modules, so that compiled references find their imports there. */
  readonly code: string;

  constructor() {
    const cache = join(import.meta.dirname, '../../node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    this.code = mkdtempSync(join(cache, 'alice-bench-'));
  }

  remove(): void {
    for (const folder of [this.data, this.code]) rmSync(folder, { recursive: true, force: true });
  }
}
