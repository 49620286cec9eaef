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

  @Get(':model')
  retrieve(@Param('model') id: string): Promise<Model> {
    return this.models.get(id).then(toModel);
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
