import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../platform/time/clock.js';
import { configuredModels, Settings } from '../config/settings.js';
import { classify } from './retry/call-failure.js';
import { failedError, traitsOf } from './retry/failure-cause.js';
import type { ListedModel } from './model-list.js';
import { ModelNotAllowedError, NoKeysError, UnknownModelError } from './upstream.errors.js';
import { UpstreamService } from './upstream.service.js';

const freshMs = 300_000;
const dayMs = 86_400_000;
const warningDays = 60;
const settingNames = 'TEXT_MODEL, FAST_MODEL or STRONG_MODEL';
const keysRefused =
  'The model service refuses the API keys. The operator must check OPENAI_API_KEYS, KEY_FILE, and that OPENAI_BASE_URL is where the keys are for.';

/**
 * The models that callers can ask for: the configured ones and the upstream's own. Says at start
 * whether the upstream can be reached, and has the models that the settings name.
 */
@Injectable()
export class ModelCatalogService implements OnApplicationBootstrap {
  private readonly logger = new Logger('Upstream');
  private readonly configured: ReadonlySet<string>;
  private startCheck: Promise<string | null> = Promise.resolve(null);
  private listed: { until: number; models: Promise<ListedModel[]> } | null = null;

  constructor(
    private readonly upstream: UpstreamService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    this.configured = configuredModels(settings.models);
  }

  /** Not awaited: the service starts whether the upstream can be reached or not. */
  onApplicationBootstrap(): void {
    this.startCheck = this.checkUpstream();
  }

  /** Resolves when the look at the start is over. @returns why calls would fail; null if they would not */
  checkedAtStart(): Promise<string | null> {
    return this.startCheck;
  }

  /** @throws ModelNotAllowedError when V1_MODELS leaves it out */
  check(model: string): void {
    if (!this.isAllowed(model)) throw new ModelNotAllowedError(model);
  }

  /** The upstream is asked at most every five minutes, and what fails is not remembered. */
  async list(): Promise<ListedModel[]> {
    const offered = (await this.offered()).filter(({ id }) => this.isAllowed(id));
    const configured = [...this.configured]
      .filter((id) => !offered.some((model) => model.id === id))
      .map((id) => ({ id, created: null, ownedBy: null, shutdownDate: null }));
    return [...configured, ...offered];
  }

  /** @throws UnknownModelError */
  async get(id: string): Promise<ListedModel> {
    const model = (await this.list()).find((candidate) => candidate.id === id);
    if (!model) throw new UnknownModelError(`The model '${id.slice(0, 128)}' does not exist`);
    return model;
  }

  private isAllowed(model: string): boolean {
    const { models } = this.settings.v1;
    return models === null || models.has(model) || this.configured.has(model);
  }

  private async offered(): Promise<ListedModel[]> {
    const now = this.clock.monotonic();
    if (!this.listed || this.listed.until <= now) {
      this.listed = {
        until: now + freshMs,
        models: this.upstream.listModels().then((models) => models ?? []),
      };
    }
    const { listed } = this;
    try {
      return await listed.models;
    } catch (error) {
      if (this.listed === listed) this.listed = null;
      this.logger.warn({ event: 'models.not_listed', ...traitsOf(error, '') });
      return [];
    }
  }

  private async checkUpstream(): Promise<string | null> {
    let models: ListedModel[] | null;
    try {
      models = await this.upstream.listModels();
    } catch (thrown) {
      const cause = causeOf(thrown);
      this.logger.warn({ event: 'upstream.not_checked', ...cause, ...traitsOf(thrown, '') });
      return cause.detail;
    }
    if (models === null) return new NoKeysError().detail;
    this.logger.log({ event: 'upstream.reached', models: models.length });
    const missing = this.missingAmong(models);
    for (const model of missing) this.logger.warn({ event: 'model.not_listed', model });
    this.warnOfShutdowns(models);
    if (missing.length === 0) return null;
    return `The model service does not list ${missing.join(', ')}: check ${settingNames}`;
  }

  /** The models that the settings name and the list does not. Some servers list none. */
  private missingAmong(listed: readonly ListedModel[]): string[] {
    if (listed.length === 0) return [];
    return [...this.configured].filter((model) => !find(model, listed));
  }

  private warnOfShutdowns(listed: readonly ListedModel[]): void {
    const soon = this.clock.now() + warningDays * dayMs;
    for (const model of this.configured) {
      const date = find(model, listed)?.shutdownDate ?? null;
      if (date === null || Date.parse(date) > soon) continue;
      this.logger.warn(
        `The upstream shuts down the model ${model} on ${date}: name another one in ${settingNames}`,
      );
    }
  }
}

function find(model: string, listed: readonly ListedModel[]): ListedModel | undefined {
  return listed.find(({ id }) => id === model || id === `${model}:latest`);
}

/** What the operator must see to. */
function causeOf(thrown: unknown): { detail: string; error?: string; signal?: string } {
  const failure = classify(thrown);
  if (failure.type === 'key') return { signal: failure.outcome.type, detail: keysRefused };
  const { code, detail } = failedError(thrown, null);
  return { error: code, detail };
}
