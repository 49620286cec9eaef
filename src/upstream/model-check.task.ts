import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../common/time/clock.js';
import { configuredModels, Settings } from '../config/settings.js';
import { classify } from './call-failure.js';
import { failedError, traitsOf } from './failure-cause.js';
import type { ListedModel } from './model-list.js';
import { UpstreamService } from './upstream.service.js';

const dayMs = 86_400_000;
const warningDays = 60;
const settingNames = 'TEXT_MODEL, FAST_MODEL or STRONG_MODEL';
const keysRefused =
  'The model service refuses the API keys. The operator must check OPENAI_API_KEYS, KEY_FILE, and that OPENAI_BASE_URL is where the keys are for.';

/** Says at start whether the upstream can be reached, and has the models that the settings name. */
@Injectable()
export class ModelCheckTask implements OnApplicationBootstrap {
  private readonly logger = new Logger('Upstream');
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly upstream: UpstreamService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Not awaited: the service starts whether the upstream can be reached or not. */
  onApplicationBootstrap(): void {
    this.running = this.check();
  }

  /** Resolves when the look at the start is over, whatever came of it. */
  finished(): Promise<void> {
    return this.running;
  }

  private async check(): Promise<void> {
    let models: ListedModel[] | null;
    try {
      models = await this.upstream.listModels();
    } catch (thrown) {
      this.logger.warn({
        event: 'upstream.not_checked',
        ...causeOf(thrown),
        ...traitsOf(thrown, ''),
      });
      return;
    }
    if (models === null) return;
    this.logger.log({ event: 'upstream.reached', models: models.length });
    for (const model of configuredModels(this.settings.models)) this.checkModel(model, models);
  }

  /** Servers of one model list none, or others than they take. */
  private checkModel(model: string, listed: readonly ListedModel[]): void {
    const found = listed.find(({ id }) => id === model || id === `${model}:latest`);
    if (!found) {
      if (listed.length > 0) this.logger.warn({ event: 'model.not_listed', model });
      return;
    }
    const { shutdownDate } = found;
    const soon = this.clock.now() + warningDays * dayMs;
    if (shutdownDate === null || Date.parse(shutdownDate) > soon) return;
    this.logger.warn(
      `The upstream shuts down the model ${model} on ${shutdownDate}: name another one in ${settingNames}`,
    );
  }
}

/** What the operator must see to. */
function causeOf(thrown: unknown): Record<string, string> {
  const failure = classify(thrown);
  if (failure.type === 'key') return { signal: failure.signal.type, detail: keysRefused };
  const { code, detail } = failedError(thrown, null);
  return { error: code, detail };
}
