/** What is kept for each combination of labels' values that has come up. */
export class LabelledSeries<State> {
  private readonly byKey = new Map<string, { labels: Record<string, string>; state: State }>();

  constructor(
    private readonly labelNames: readonly string[],
    private readonly create: () => State,
  ) {}

  /** @param values in the order of the names, each from a bounded set: what comes up is kept */
  at(values: readonly string[]): State {
    const key = values.join('\n');
    const known = this.byKey.get(key);
    if (known) return known.state;
    const labels = this.labelNames.map((name, index) => [name, values[index] ?? ''] as const);
    const state = this.create();
    this.byKey.set(key, { labels: Object.fromEntries(labels), state });
    return state;
  }

  all(): Iterable<{ labels: Record<string, string>; state: State }> {
    return this.byKey.values();
  }
}
