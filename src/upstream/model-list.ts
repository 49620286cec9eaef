/** A model as the upstream lists it. */
export interface ListedModel {
  id: string;
  /** `YYYY-MM-DD`, where the upstream says so. */
  shutdownDate: string | null;
}

/** What is usable of an upstream's answer to GET /models; anything may be missing or odd. */
export function readModelList(answer: unknown): ListedModel[] {
  const models: unknown = property(answer, 'data');
  if (!Array.isArray(models)) return [];
  return models.flatMap((model: unknown) => {
    const id = property(model, 'id');
    const shutdownDate = property(model, 'shutdown_date');
    if (typeof id !== 'string') return [];
    return [{ id, shutdownDate: typeof shutdownDate === 'string' ? shutdownDate : null }];
  });
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
