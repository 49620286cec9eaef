import { configuredModels, type ModelSettings } from '../../config/settings.js';
import type { ListedModel } from '../model-list.js';

/**
 * The models that exist for all that is known: configured, or listed by the upstream. Any other name
 * is a caller's word, and a caller's mistake must not cost a key.
 */
export class KnownModels {
  private readonly configured: ReadonlySet<string>;
  private listed: ReadonlySet<string> = new Set();

  constructor(models: ModelSettings) {
    this.configured = configuredModels(models);
  }

  /** What the upstream lists from now on; several keys may see different lists. */
  remember(models: readonly ListedModel[]): void {
    if (models.length > 0) this.listed = new Set(models.map(({ id }) => id));
  }

  isConfigured(model: string): boolean {
    return this.configured.has(model);
  }

  has(model: string): boolean {
    return this.configured.has(model) || this.listed.has(model);
  }
}
