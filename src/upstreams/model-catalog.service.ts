import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/time/clock.js';
import { configuredModels, Settings } from '../config/settings.js';
import { traitsOf } from './retry/failure-cause.js';
import type { ListedModel } from './model-list.js';
import { ModelNotAllowedError, UnknownModelError } from './upstream.errors.js';
import { UpstreamService } from './upstream.service.js';

const freshMs = 300_000;

/** The models that callers can ask for: the configured ones and the upstream's own. */
@Injectable()
export class ModelCatalogService {
  private readonly logger = new Logger(ModelCatalogService.name);
  private readonly configured: ReadonlySet<string>;
  private listed: { until: number; models: Promise<ListedModel[]> } | null = null;

  constructor(
    private readonly upstream: UpstreamService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    this.configured = configuredModels(settings.models);
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
}
