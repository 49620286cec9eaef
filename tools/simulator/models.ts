/** A model of the simulated upstream; without `shutdownDate` the field is left out, as self-hosted servers do. */
export interface SimulatedModel {
  id: string;
  /** Seconds since 1970. */
  created?: number;
  ownedBy?: string;
  /** YYYY-MM-DD, or null when no end is planned. */
  shutdownDate?: string | null;
}

export const defaultModels: readonly SimulatedModel[] = [
  { id: 'gpt-6-luna', shutdownDate: null },
  { id: 'gpt-6-sol', shutdownDate: null },
  { id: 'gpt-4.1-mini', shutdownDate: '2027-01-14' },
];

/** The models as OpenAI's JSON, made once. */
export class ModelList {
  readonly body: string;
  private readonly bodies: ReadonlyMap<string, string>;

  constructor(models: readonly SimulatedModel[]) {
    this.bodies = new Map(models.map((model) => [model.id, modelBody(model)]));
    this.body = `{"object":"list","data":[${[...this.bodies.values()].join(',')}]}`;
  }

  findBody(id: string): string | undefined {
    return this.bodies.get(id);
  }
}

function modelBody({ id, created, ownedBy, shutdownDate }: SimulatedModel): string {
  return JSON.stringify({
    id,
    object: 'model',
    created: created ?? 1_780_000_000,
    owned_by: ownedBy ?? 'system',
    shutdown_date: shutdownDate,
  });
}
