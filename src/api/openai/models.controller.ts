import { Controller, Get, Param } from '@nestjs/common';
import type { Model } from 'openai/resources/models';
import { ModelCatalogService } from '../../upstreams/model-catalog.service.js';
import type { ListedModel } from '../../upstreams/model-list.js';

/** Which models can be asked for. */
@Controller('v1/models')
export class ModelsController {
  constructor(private readonly models: ModelCatalogService) {}

  @Get()
  list(): Promise<{ object: 'list'; data: Model[] }> {
    return this.models.list().then((models) => ({ object: 'list', data: models.map(toModel) }));
  }

  /** Of names like Qwen/Qwen3-8B clients send the slash as it is. */
  @Get('*model')
  retrieve(@Param('model') parts: readonly string[]): Promise<Model> {
    return this.models.get(parts.join('/')).then(toModel);
  }
}

function toModel({ id, created, ownedBy, shutdownDate }: ListedModel): Model {
  return {
    id,
    object: 'model',
    created: created ?? 0,
    owned_by: ownedBy ?? 'system',
    ...(shutdownDate === null ? {} : { shutdown_date: shutdownDate }),
  };
}
