/** A model as the upstream lists it. */
export interface ListedModel {
  id: string;
  /** Epoch seconds, and whose it is, where the upstream says so. */
  created: number | null;
  ownedBy: string | null;
  /** `YYYY-MM-DD`, where the upstream says so. */
  shutdownDate: string | null;
}

/** What is usable of an upstream's answer to GET /models; anything may be missing or odd. */
export function readModelList(answer: unknown): ListedModel[] {
  const models: unknown = property(answer, 'data');
  if (!Array.isArray(models)) return [];
  return models.flatMap((model: unknown) => {
    const id = property(model, 'id');
    if (typeof id !== 'string') return [];
    const created = property(model, 'created');
    return [
      {
        id,
        created: Number.isSafeInteger(created) ? Number(created) : null,
        ownedBy: textOrNull(property(model, 'owned_by')),
        shutdownDate: textOrNull(property(model, 'shutdown_date')),
      },
    ];
  });
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
